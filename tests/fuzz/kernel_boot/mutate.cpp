// SPDX-License-Identifier: GPL-3.0-only
// A change of a table nearly always spoils its checksum, and the parsers look no further. So after most
// changes the sums are made right again.
#include <cstdint>
#include <cstring>
#include <initializer_list>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed);

namespace {

constexpr std::size_t kRootLength = 20, kNewRootLength = 36, kHeader = 36;

void balance(std::uint8_t* begin, std::size_t length, std::size_t where) {
    begin[where] = 0;
    std::uint8_t sum = 0;
    for (std::size_t i = 0; i < length; i++)
        sum = static_cast<std::uint8_t>(sum + begin[i]);
    begin[where] = static_cast<std::uint8_t>(-sum);
}

void balance_root(std::uint8_t* root, std::size_t left) {
    if (left < kRootLength) return;
    balance(root, kRootLength, 8);
    if (root[15] >= 2 && left >= kNewRootLength) balance(root, kNewRootLength, 32);
}

void balance_table(std::uint8_t* table, std::size_t left) {
    std::uint32_t length;
    if (left < kHeader) return;
    std::memcpy(&length, table + 4, sizeof length);
    if (length >= kHeader && length <= left) balance(table, length, 9);
}

}  // namespace

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    size = LLVMFuzzerMutate(data, size, most);
    if (seed % 8 == 0) return size;
    for (std::size_t at = 0; at + kRootLength <= size; at += 4) {
        if (std::memcmp(data + at, "RSD PTR ", 8) == 0) balance_root(data + at, size - at);
        for (const char* signature : {"RSDT", "XSDT", "APIC", "FACP"}) {
            if (std::memcmp(data + at, signature, 4) == 0) balance_table(data + at, size - at);
        }
    }
    return size;
}
