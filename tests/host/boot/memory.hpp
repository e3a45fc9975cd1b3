// SPDX-License-Identifier: GPL-3.0-only
// A small physical memory for the parsers: one heap block, so that AddressSanitizer sees every step outside.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernel/platform/pc/acpi.hpp"

namespace boot_test {

class Memory final : public platform::PhysicalReader {
public:
    explicit Memory(std::size_t size) : bytes_(size) {}

    // A copy of exactly the bytes asked for: reading further is caught.
    const std::uint8_t* at(std::uint64_t address, std::uint64_t length) const override {
        if (address > bytes_.size() || length > bytes_.size() - address) return nullptr;
        lent_.push_back(std::make_unique<std::uint8_t[]>(length));
        if (length != 0) std::memcpy(lent_.back().get(), &bytes_[address], length);
        return lent_.back().get();
    }

    template <typename T>
    void put(std::uint64_t address, const T& value) {
        std::memcpy(&bytes_.at(address), &value, sizeof value);
    }
    void put_text(std::uint64_t address, const char* text) {
        std::memcpy(&bytes_.at(address), text, std::strlen(text));
    }

    // Makes the byte at `where` such that `length` bytes from `begin` sum to zero.
    void balance(std::uint64_t begin, std::uint64_t length, std::uint64_t where) {
        bytes_[where] = 0;
        std::uint8_t sum = 0;
        for (std::uint64_t i = 0; i < length; ++i)
            sum = static_cast<std::uint8_t>(sum + bytes_[begin + i]);
        bytes_[where] = static_cast<std::uint8_t>(-sum);
    }

    std::vector<std::uint8_t>& bytes() { return bytes_; }
    void forget_loans() { lent_.clear(); }

private:
    std::vector<std::uint8_t> bytes_;
    mutable std::vector<std::unique_ptr<std::uint8_t[]>> lent_;
};

// Changes a few bytes, some to the values that tend to hurt.
inline void damage(std::vector<std::uint8_t>& bytes, std::size_t limit, std::mt19937& random) {
    constexpr std::uint8_t kHurtful[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    const unsigned count = 1 + random() % 6;
    for (unsigned i = 0; i < count; ++i) {
        const std::size_t at = random() % limit;
        bytes[at] = random() % 2 == 0 ? kHurtful[random() % 5] : static_cast<std::uint8_t>(random());
    }
}

}  // namespace boot_test
