// SPDX-License-Identifier: GPL-3.0-only
// The root server's file: a statically linked 64-bit ELF for x86-64. All loadable segments together make one
// block of memory, from the lowest to the highest address they name.
#pragma once
#include <cstdint>
#include <span>

namespace boot {

struct ElfImage {
    std::span<const std::uint8_t> file;
    std::uint64_t begin;  // whole pages
    std::uint64_t end;
    std::uint64_t entry;

    std::uint64_t size() const { return end - begin; }
};

// Null on success, else what is wrong with the file. Checks everything that load_elf relies on.
const char* parse_elf(std::span<const std::uint8_t> file, ElfImage& image);

// Copies the segments into `block`, which is image.size() zeroed bytes. REQUIRES: parse_elf accepted the
// image.
void load_elf(const ElfImage& image, std::uint8_t* block);

}  // namespace boot
