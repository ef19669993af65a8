autocmd BufNewFile,BufRead *.fts setfiletype fts
