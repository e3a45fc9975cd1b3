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

WDM_RESOURCE interrupt(uint8_t irq) {
    hal::InterruptLine line = hal::isa_interrupt(irq);
    return {WDM_RESOURCE_INTERRUPT, line.level ? 0 : kInterruptLatched, line.gsi, 1};
}

// A word, and what follows it; without a blank there is no word.
struct Part {
    std::u16string_view word, rest;
};
Part split(std::u16string_view text) {
    size_t space = text.find(u' ');
    if (space == text.npos) return {{}, text};
    return {text.substr(0, space), text.substr(space + 1)};
}

Result<WDM_RESOURCE> parse_resource(std::u16string_view text) {
    auto [word, range] = split(text);
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
    return interrupt(static_cast<uint8_t>(first));
}

// "BUS:DEVICE.FUNCTION".
Result<hal::PciFunction> parse_function(std::u16string_view text) {
    size_t colon = text.find(u':');
    size_t dot = text.find(u'.');
    uint64_t bus = 0, device = 0, function = 0;
    if (dot == text.npos || colon > dot) return fail(STATUS_INVALID_PARAMETER);
    bool numbers = parse_value(text.substr(0, colon), bus) &&
                   parse_value(text.substr(colon + 1, dot - colon - 1), device) &&
                   parse_value(text.substr(dot + 1), function);
    if (!numbers || bus > 255 || device > 31 || function > 7) return fail(STATUS_INVALID_PARAMETER);
    return hal::PciFunction{static_cast<uint8_t>(bus), static_cast<uint8_t>(device),
                            static_cast<uint8_t>(function)};
}

Result<void> add_resource(Vector<WDM_RESOURCE>& into, const WDM_RESOURCE& resource) {
    if (into.size() == kMostResources) return fail(STATUS_INVALID_PARAMETER);
    return into.push_back(resource);
}

Result<void> add_function(hal::PciFunction function, Vector<WDM_RESOURCE>& into) {
    if (!hal::pci_present(function)) return fail(STATUS_NO_SUCH_DEVICE);
    for (unsigned number = 0; number < hal::kPciRanges; ++number) {
        auto range = hal::pci_range(function, number);
        if (!range) continue;
        uint32_t type = range->port ? WDM_RESOURCE_PORT : WDM_RESOURCE_MEMORY;
        TRY(add_resource(into, {type, range->port ? kPortIo : 0, range->start, range->length}));
    }
    if (auto line = hal::pci_interrupt_line(function)) TRY(add_resource(into, interrupt(*line)));
    return {};
}

// `function` null: none may be named.
Result<void> parse_list(std::u16string_view text, Vector<WDM_RESOURCE>& into,
                        std::optional<hal::PciFunction>* function) {
    text = trim(text);
    while (!text.empty()) {
        size_t comma = text.find(u',');
        std::u16string_view part = trim(text.substr(0, comma));
        auto [word, rest] = split(part);
        if (function && !*function && equal_ignore_case(word, u"pci")) {
            *function = TRY(parse_function(rest));
            TRY(add_function(**function, into));
        } else {
            TRY(add_resource(into, TRY(parse_resource(part))));
        }
        text = comma == text.npos ? std::u16string_view() : trim(text.substr(comma + 1));
    }
    return {};
}

}  // namespace

Result<void> parse_resources(std::u16string_view text, Vector<WDM_RESOURCE>& into) {
    return parse_list(text, into, nullptr);
}

Result<DeviceDescription> parse_device(std::u16string_view text) {
    DeviceDescription device;
    size_t colon = text.find(u':');
    std::u16string_view id = trim(text.substr(0, colon));
    if (id.empty()) return fail(STATUS_INVALID_PARAMETER);
    device.hardware_id = TRY(String::create(id));
    if (colon != text.npos) TRY(parse_list(text.substr(colon + 1), device.resources, &device.function));
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
