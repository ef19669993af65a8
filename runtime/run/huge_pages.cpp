// A step's tensors lie in huge pages where the system gives them to who asks. glibc asks only if it is told to before
// the program begins, so the program begins again: before the constructors of its libraries have run (LibTorch's take
// longer than all else), hence without what they set up.
#include <array>
#include <cstddef>
#include <string_view>

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose functions want to be set up first

namespace {

constexpr std::string_view kVariable = "GLIBC_TUNABLES=", kTunable = "glibc.malloc.hugetlb";

std::array<char, 1024> tunables;
std::array<char*, 4096> variables;
std::array<char, 4096> self;

bool pages_are_for_who_asks() {
  std::array<char, 64> setting{};
  const int file = ::open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
  const auto size = ::read(file, setting.data(), setting.size());
  ::close(file);
  return size > 0 &&
         std::string_view(setting.data(), static_cast<std::size_t>(size)).find("[madvise]") != std::string_view::npos;
}

// Into `tunables`: what is given, and ours behind it. False: ours is there, or there is no room.
bool add_ours(std::string_view given) {
  if (given.find(kTunable) != std::string_view::npos) return false;
  std::size_t size = 0;
  for (const std::string_view text :
       {kVariable, given, std::string_view(given.empty() ? "" : ":"), kTunable, std::string_view("=1")}) {
    if (size + text.size() >= tunables.size()) return false;
    size += text.copy(tunables.data() + size, text.size());
  }
  return true;
}

void take_huge_pages(int /*argc*/, char** argv, char** environment) {
  std::size_t count = 1;
  std::string_view given;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    if (std::string_view(*variable).substr(0, kVariable.size()) == kVariable) {
      given = std::string_view(*variable).substr(kVariable.size());
    } else if (count + 1 < variables.size()) {
      variables[count++] = *variable;
    } else {
      return;
    }
  }
  if (::getauxval(AT_SECURE) != 0 || !add_ours(given) || !pages_are_for_who_asks()) return;
  variables[0] = tunables.data();
  const auto size = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
  if (size > 0) ::execve(self.data(), argv, variables.data());  // returns where it failed: without them, then
}

}  // namespace

__attribute__((section(".preinit_array"), used)) static void (*const kBeginAgain)(int, char**,
                                                                                  char**) = take_huge_pages;

#endif
