#include "runtime/checkpoint/writer.hpp"

#include <chrono>
#include <exception>

namespace fts::checkpoint {

void Writer::start(std::string folder, std::string name, Content content, std::vector<std::string> then_remove) {
  FTS_CHECK(!in_progress_.valid());
  in_progress_ = std::async(std::launch::async,
                            [folder = std::move(folder), name = std::move(name), content = std::move(content),
                             doomed = std::move(then_remove)]() -> Saved {
                              try {
                                if (auto saved = save(folder, name, content); !saved)
                                  return tl::unexpected(std::move(saved.error()));
                              } catch (const std::exception& e) {  // memory, or LibTorch on the way from a device
                                return tl::unexpected(unwritable(folder, name, e.what()));
                              }
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
