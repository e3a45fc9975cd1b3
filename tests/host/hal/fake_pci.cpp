// SPDX-License-Identifier: GPL-3.0-only
#include "tests/host/hal/fake_pci.hpp"

#include "executive/hal/machine.hpp"

namespace fakes {

namespace {

uint32_t address;

}  // namespace

PciFunction::PciFunction() {
    set(0x00, 0x11e8'1234);
    set(0x04, 0, 0x547);
    set(0x0c, 0, 0xffff);
    set(0x3c, 0x0000'010b, 0xff);
}

void PciFunction::set(unsigned offset, uint32_t value, uint32_t writable) {
    words_[offset / 4] = value;
    writable_[offset / 4] = writable;
    at_reset_[offset / 4] = value & ~writable;
}

void PciFunction::range(unsigned number, uint32_t start, uint32_t size) {
    set(0x10 + 4 * number, start, ~(size - 1));
}

void PciFunction::capability(uint8_t at, uint8_t kind, uint32_t rest) {
    words_[1] |= 1u << 20;
    at_reset_[1] |= 1u << 20;
    if (last_capability_ == 0)
        set(0x34, at);
    else
        set(last_capability_, word(last_capability_) | uint32_t{at} << 8, 0xffff'0000);
    set(at, kind | rest, 0xffff'0000);
    last_capability_ = at;
}

void PciFunction::written(unsigned offset, uint32_t value) {
    uint32_t& word = words_[offset / 4];
    word = (word & ~writable_[offset / 4]) | (value & writable_[offset / 4]);
    if (resets_at && resets_at(offset, value)) reset();
}

void PciFunction::reset() {
    words_ = at_reset_;
    ++resets;
}

std::map<unsigned, PciFunction>& pci() {
    static std::map<unsigned, PciFunction> functions;
    return functions;
}

}  // namespace fakes

namespace hal {

uint32_t in32(uint16_t port) {
    if (port != 0xcfc || !(fakes::address & 1u << 31)) return ~0u;
    auto found = fakes::pci().find(fakes::address >> 8 & 0xffff);
    return found == fakes::pci().end() ? ~0u : found->second.word(fakes::address & 0xfc);
}

void out32(uint16_t port, uint32_t value) {
    if (port == 0xcf8) fakes::address = value;
    if (port != 0xcfc || !(fakes::address & 1u << 31)) return;
    auto found = fakes::pci().find(fakes::address >> 8 & 0xffff);
    if (found != fakes::pci().end()) found->second.written(fakes::address & 0xfc, value);
}

}  // namespace hal
