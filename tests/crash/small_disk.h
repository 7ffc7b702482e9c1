// A file system of a few MiB that really runs full: a tmpfs in a mount namespace of this process and
// those it starts.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/random.h"

namespace awry {

// Moves this process, which must have one thread, into namespaces of its own, where it may mount.
// Returns why not, or "".
inline std::string EnterMountNamespace() {
  const std::string uid = std::to_string(geteuid()), gid = std::to_string(getegid());
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return std::string("no user and mount namespaces here: ") + std::strerror(errno);
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << "0 " + uid + " 1";
  std::ofstream("/proc/self/gid_map") << "0 " + gid + " 1";
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return std::string("mounts cannot be made private here: ") + std::strerror(errno);
  return "";
}

class SmallDisk {
 public:
  explicit SmallDisk(uint64_t mib)
      : path_(testing::TempDir() + "awry_disk_" + std::to_string(base::EntropySeed())) {
    std::filesystem::create_directories(path_);
    const std::string size = "size=" + std::to_string(mib) + "m";
    EXPECT_EQ(mount("awry", path_.c_str(), "tmpfs", 0, size.c_str()), 0) << std::strerror(errno);
  }
  ~SmallDisk() {
    umount2(path_.c_str(), MNT_DETACH);
    std::filesystem::remove(path_);
  }

  std::string data() const { return path_ + "/data"; }
  uint64_t free_bytes() const {
    struct statvfs info {};
    EXPECT_EQ(statvfs(path_.c_str(), &info), 0);
    return info.f_bavail * info.f_bsize;
  }
  // Makes a file that takes all but `left_bytes`, also while others write.
  void Fill(uint64_t left_bytes) {
    const int fd = open(ballast().c_str(), O_WRONLY | O_CREAT, 0600);
    ASSERT_GE(fd, 0);
    off_t size = 0;
    for (uint64_t free = free_bytes(); free > left_bytes; free = free_bytes()) {
      const auto more = static_cast<off_t>(free - left_bytes);
      if (posix_fallocate(fd, size, more) == 0) size += more;
    }
    close(fd);
  }
  // Files in the data folder whose name holds `part`.
  size_t Count(const std::string& part) const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data()))
      count += entry.path().filename().string().find(part) != std::string::npos;
    return count;
  }
  void MakeRoom() { std::filesystem::remove(ballast()); }

 private:
  std::string ballast() const { return path_ + "/ballast"; }

  const std::string path_;
};

}  // namespace awry
