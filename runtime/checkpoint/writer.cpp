#include "runtime/checkpoint/writer.hpp"

#include <chrono>
#include <exception>

namespace fts::checkpoint {

void Writer::start(std::string folder, std::string name, Content content, Writers writers,
                   std::vector<std::string> then_remove) {
  FTS_CHECK(!in_progress_.valid());
  in_progress_ = std::async(std::launch::async,
                            [folder = std::move(folder), name = std::move(name), content = std::move(content),
                             writers = std::move(writers), doomed = std::move(then_remove)]() -> Saved {
                              if (auto saved = save(folder, name, content, writers); !saved)
                                return tl::unexpected(std::move(saved.error()));
                              for (const auto& other : doomed) remove(folder, other);
                              return name;
                            });
}

tl::expected<std::optional<std::string>, Error> Writer::finished(bool wait) {
  if (!in_progress_.valid()) return std::nullopt;
  if (!wait && in_progress_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
  return in_progress_.get();
}

}  // namespace fts::checkpoint
