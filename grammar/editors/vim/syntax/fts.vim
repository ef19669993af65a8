" Vim syntax file
" Language: fts, schedules for fine-tuning

if exists('b:current_syntax')
  finish
endif

syn keyword ftsStatement let for use input as in
syn keyword ftsWordOperator and or not if else where
syn keyword ftsConstant true false none all rest frozen tied
syn keyword ftsFunction min max abs floor cos sin pow sqrt len module types
syn keyword ftsCondition plateau epoch epochs step metric
syn keyword ftsFact rank numel dtype shape requires_grad type
syn keyword ftsBlock model schedule phase strategy
syn keyword ftsType float int bool string

syn match ftsNumber /\<\d[0-9_]*\%(\.\d[0-9_]*\)\?\%([eE][+-]\?\d\+\)\?\%(\a\w*\)\?\>/
syn match ftsOperator /\*\*\|==\|!=\|<=\|>=\|=>\|\.\.\|[|&+*\/<>=-]/
syn match ftsAttribute /\<\h\w*\ze\s*=\%([=>]\)\@!/
syn match ftsComment /#.*$/ contains=@Spell
" A slash starts a regex where an operand is expected, after an operand it divides.
syn match ftsRegex +\%(^\s*\|\%([=(\[,|&+>-]\|\<\%(where\|and\|or\|not\|if\|else\|in\)\>\)\s*\)\@<=/\%([^/\\]\|\\.\)\+/+

syn match ftsEscape /\\u{\x*}\|\\./ contained
syn match ftsEscape /\$\${/ contained
syn match ftsWildcard /[*?\[\]{},]/ contained
syn region ftsInterpolation matchgroup=ftsEscape start=/\${/ end=/}/ contained oneline contains=TOP
syn region ftsString start=/"/ skip=/\\"/ end=/"/ oneline contains=ftsInterpolation,ftsEscape,ftsWildcard

hi def link ftsStatement Statement
hi def link ftsWordOperator Keyword
hi def link ftsConstant Constant
hi def link ftsFunction Function
hi def link ftsCondition Function
hi def link ftsFact Identifier
hi def link ftsBlock Structure
hi def link ftsType Type
hi def link ftsNumber Number
hi def link ftsOperator Operator
hi def link ftsAttribute Identifier
hi def link ftsComment Comment
hi def link ftsRegex String
hi def link ftsEscape SpecialChar
hi def link ftsWildcard Special
hi def link ftsString String

let b:current_syntax = 'fts'
