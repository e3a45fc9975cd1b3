// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/resources.hpp"

#include "base/bits.hpp"
#include "executive/hal/acpi.hpp"

namespace pnp {

namespace {

// CM_RESOURCE_* flags.
constexpr uint32_t kInterruptLatched = 1;
constexpr uint32_t kPortIo = 1;
constexpr size_t kMostResources = 16;

std::u16string_view trim(std::u16string_view text) {
    while (!text.empty() && text.front() <= u' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() <= u' ')
        text.remove_suffix(1);
    return text;
}

bool parse_value(std::u16string_view text, uint64_t& value) {
    text = trim(text);
    if (starts_with_ignore_case(text, u"0x")) return parse_number(text.substr(2), 16, value);
    return parse_number(text, 10, value);
}

// "A-B", inclusive, or "A".
bool parse_range(std::u16string_view text, uint64_t& first, uint64_t& last) {
    size_t dash = text.find(u'-');
    if (!parse_value(text.substr(0, dash), first)) return false;
    last = first;
    if (dash == text.npos) return true;
    return parse_value(text.substr(dash + 1), last) && last >= first;
}

Result<WDM_RESOURCE> parse_resource(std::u16string_view text) {
    size_t space = text.find(u' ');
    std::u16string_view word = space == text.npos ? std::u16string_view() : text.substr(0, space);
    std::u16string_view range = space == text.npos ? text : text.substr(space + 1);
    uint64_t first = 0, last = 0;
    if (!parse_range(range, first, last)) return fail(STATUS_INVALID_PARAMETER);
    if (word.empty() || equal_ignore_case(word, u"ports")) {
        if (last > 0xffff) return fail(STATUS_INVALID_PARAMETER);
        return WDM_RESOURCE{WDM_RESOURCE_PORT, kPortIo, first, last - first + 1};
    }
    if (equal_ignore_case(word, u"memory"))
        return WDM_RESOURCE{WDM_RESOURCE_MEMORY, 0, first, last - first + 1};
    if (!equal_ignore_case(word, u"irq") || first > 15 || last != first)
        return fail(STATUS_INVALID_PARAMETER);
    hal::InterruptLine line = hal::isa_interrupt(static_cast<uint8_t>(first));
    return WDM_RESOURCE{WDM_RESOURCE_INTERRUPT, line.level ? 0 : kInterruptLatched, line.gsi, 1};
}

}  // namespace

Result<void> parse_resources(std::u16string_view text, Vector<WDM_RESOURCE>& into) {
    text = trim(text);
    while (!text.empty()) {
        size_t comma = text.find(u',');
        if (into.size() == kMostResources) return fail(STATUS_INVALID_PARAMETER);
        TRY(into.push_back(TRY(parse_resource(trim(text.substr(0, comma))))));
        text = comma == text.npos ? std::u16string_view() : trim(text.substr(comma + 1));
    }
    return {};
}

Result<DeviceDescription> parse_device(std::u16string_view text) {
    DeviceDescription device;
    size_t colon = text.find(u':');
    std::u16string_view id = trim(text.substr(0, colon));
    if (id.empty()) return fail(STATUS_INVALID_PARAMETER);
    device.hardware_id = TRY(String::create(id));
    if (colon != text.npos) TRY(parse_resources(text.substr(colon + 1), device.resources));
    return device;
}

bool covers(std::span<const WDM_RESOURCE> resources, uint32_t type, uint64_t start, uint64_t length) {
    for (const WDM_RESOURCE& resource : resources) {
        if (resource.Type != type || start < resource.Start) continue;
        if (range_fits(start - resource.Start, length, resource.Length)) return true;
    }
    return false;
}

}  // namespace pnp
