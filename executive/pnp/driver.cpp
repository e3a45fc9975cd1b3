// SPDX-License-Identifier: GPL-3.0-only
#include "executive/pnp/driver.hpp"

#include <algorithm>

#include "base/service_sid.hpp"

namespace pnp {

namespace {

constexpr uint32_t kKernelDriver = 1;
constexpr uint32_t kFileSystemDriver = 2;
constexpr uint32_t kShortestWatchdog = 100;
constexpr uint32_t kLongestWatchdog = 600'000;
// The texts of a service are read and taken apart in one turn: in bytes, and in words of a list.
constexpr size_t kLongestText = 1024;
constexpr size_t kMostWords = io::DriverControls::kMostCodes;

Result<String> optional_string(const cm::Key& key, std::u16string_view name) {
    auto text = cm::read_string(key, name, kLongestText);
    if (text || text.error() != STATUS_OBJECT_NAME_NOT_FOUND) return text;
    return String();
}

uint32_t optional_dword(const cm::Key& key, std::u16string_view name, uint32_t otherwise) {
    auto value = cm::read_dword(key, name);
    return value ? *value : otherwise;
}

// The host is told both of a driver's paths in the entry that asks it to load. A longer one is not made: how
// deep a key lies is up to whoever made it.
constexpr size_t kLongestPath = (WDM_INLINE_SIZE - sizeof(WDM_LOAD_DRIVER)) / sizeof(char16_t);

Result<String> path_of(const cm::Key& key) {
    size_t length = 0;
    for (const cm::Key* at = &key; at; at = at->parent()) {
        length += 1 + at->name().size();
        if (length > kLongestPath) return fail(STATUS_NAME_TOO_LONG);
    }
    return key.path();
}

// ImagePath as services write it: absolute, or relative to \SystemRoot, or missing.
Result<String> read_image_path(const cm::Key& key) {
    String given = TRY(optional_string(key, u"ImagePath"));
    if (given.view().starts_with(u'\\')) return given;
    String path = TRY(String::create(u"\\SystemRoot\\"));
    if (!given.empty()) {
        TRY(path.append(given));
        return path;
    }
    TRY(path.append(u"System32\\drivers\\"));
    TRY(path.append(key.name()));
    TRY(path.append(u".sys"));
    return path;
}

Result<Vector<String>> split(std::u16string_view text) {
    Vector<String> words;
    while (!text.empty()) {
        size_t comma = text.find(u',');
        std::u16string_view word = text.substr(0, comma);
        while (word.starts_with(u' '))
            word.remove_prefix(1);
        while (word.ends_with(u' '))
            word.remove_suffix(1);
        if (!word.empty() && words.size() == kMostWords) return fail(STATUS_INVALID_PARAMETER);
        if (!word.empty()) TRY(words.push_back(TRY(String::create(word))));
        text = comma == text.npos ? std::u16string_view() : text.substr(comma + 1);
    }
    return words;
}

bool parse_code(std::u16string_view text, uint64_t& code) {
    bool hexadecimal = starts_with_ignore_case(text, u"0x");
    bool number = hexadecimal ? parse_number(text.substr(2), 16, code) : parse_number(text, 10, code);
    return number && code <= UINT32_MAX;
}

Result<Vector<uint32_t>> parse_codes(const Vector<String>& words) {
    Vector<uint32_t> codes;
    for (const String& word : words) {
        uint64_t code = 0;
        if (!parse_code(word, code)) return fail(STATUS_INVALID_PARAMETER);
        TRY(codes.push_back(static_cast<uint32_t>(code)));
    }
    return codes;
}

Result<Ref<io::DriverControls>> read_controls(const cm::Key& key) {
    Ref<io::DriverControls> controls = TRY(make_ref<io::DriverControls>());
    controls->file_state = TRY(parse_codes(TRY(split(TRY(optional_string(key, u"FileState"))))));
    controls->device_state = TRY(parse_codes(TRY(split(TRY(optional_string(key, u"DeviceState"))))));
    Vector<String> stateless = TRY(split(TRY(optional_string(key, u"Stateless"))));
    controls->all_stateless = stateless.size() == 1 && stateless[0].view() == u"*";
    if (!controls->all_stateless) controls->stateless = TRY(parse_codes(stateless));
    controls->files_end = static_cast<NTSTATUS>(optional_dword(key, u"FilesEnd", STATUS_SUCCESS));
    if (controls->files_end != STATUS_SUCCESS && !NT_ERROR(controls->files_end))
        return fail(STATUS_INVALID_PARAMETER);
    return controls;
}

}  // namespace

Result<Ref<Driver>> Driver::read(const cm::Key& key) {
    uint32_t type = optional_dword(key, u"Type", kKernelDriver);
    if (type != kKernelDriver && type != kFileSystemDriver) return fail(STATUS_INVALID_PARAMETER);
    Ref<Driver> driver = TRY(make_ref<Driver>());
    driver->name = TRY(String::create(key.name()));
    driver->sid = base::service_sid(key.name());
    driver->registry_path = TRY(path_of(key));
    driver->image_path = TRY(read_image_path(key));
    driver->host_name = TRY(optional_string(key, u"Host"));
    driver->class_drivers = TRY(split(TRY(optional_string(key, u"Class"))));
    driver->device_text = TRY(optional_string(key, u"Device"));
    if (driver->has_device()) driver->device = TRY(parse_device(driver->device_text));
    TRY(parse_resources(TRY(optional_string(key, u"Ports")), driver->extra_resources));
    driver->start = optional_dword(key, u"Start", 3);
    uint32_t watchdog = optional_dword(key, u"WatchdogMilliseconds", 5000);
    driver->watchdog_milliseconds = std::clamp(watchdog, kShortestWatchdog, kLongestWatchdog);
    driver->ring_depth = optional_dword(key, u"RingDepth", WDM_DEFAULT_DEPTH);
    if (!io::DriverRing::valid_depth(driver->ring_depth)) return fail(STATUS_INVALID_PARAMETER);
    driver->controls = TRY(read_controls(key));
    driver->repeat_safe = optional_dword(key, u"RepeatSafe", 0) != 0;
    return driver;
}

std::u16string_view Driver::file_name() const {
    std::u16string_view path = image_path;
    size_t last = path.rfind(u'\\');
    return last == path.npos ? path : path.substr(last + 1);
}

}  // namespace pnp
