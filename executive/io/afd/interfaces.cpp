// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/interfaces.hpp"

#include <string.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "executive/io/file.hpp"

namespace io::afd {

namespace {

constexpr uint32_t nsi(uint32_t number) {
    return CTL_CODE(FILE_DEVICE_NETWORK, number, METHOD_BUFFERED, FILE_ANY_ACCESS);
}
constexpr uint32_t kEnumerateAll = nsi(0x400), kGetAllParameters = nsi(0x401), kGetParameter = nsi(0x402);

// NPI_MODULEID: of the modules, whose GUIDs differ in their first part, it is enough to know that.
struct ModuleId {
    uint16_t length;
    uint16_t pad;
    uint32_t type;  // 1: a GUID
    uint32_t first;
    uint8_t rest[12];
};
static_assert(sizeof(ModuleId) == 24);
constexpr uint32_t kModuleGuid = 1;
constexpr uint8_t kModuleRest[] = {0x1a, 0x9b, 0xd4, 0x11, 0x91, 0x23, 0x00, 0x50, 0x04, 0x77, 0x59, 0xbc};
constexpr uint32_t kIpv4 = 0xeb004a00, kIpv6 = 0xeb004a01, kNdis = 0xeb004a11;

struct EnumerateAll {
    ModuleId module;
    uint32_t arguments[2];
    uint32_t table;
    uint32_t sizes[4];
    uint32_t count;
};
static_assert(sizeof(EnumerateAll) == 56);
struct GetAllParameters {
    ModuleId module;
    uint32_t argument;
    uint32_t table;
    uint32_t key_size;
    uint32_t sizes[3];  // without the key's
};
static_assert(sizeof(GetAllParameters) == 48);
struct GetParameter {
    ModuleId module;
    uint32_t argument;
    uint32_t table;
    uint32_t key_size;
    uint32_t part;
    uint32_t offset;
};
static_assert(sizeof(GetParameter) == 44);

// --- what is told: key, what may be changed, what changes, what stays. Where a table has only fields of
// little endian numbers and zeros else, they are put at their places in a record that is cleared.
enum Part : uint32_t { kKey, kChangeable, kDynamic, kStatic, kParts };
constexpr size_t kLongestPart = 1092;

class Record {
public:
    template <typename T>
    Record& put(size_t at, T value) {
        memcpy(bytes_ + at, &value, sizeof value);
        return *this;
    }
    // IF_COUNTED_STRING: bytes, then the text.
    Record& put_text(size_t at, std::u16string_view text) {
        put(at, static_cast<uint16_t>(text.size() * sizeof(char16_t)));
        memcpy(bytes_ + at + sizeof(uint16_t), text.data(), text.size() * sizeof(char16_t));
        return *this;
    }
    Record& put_bytes(size_t at, std::span<const uint8_t> bytes) {
        memcpy(bytes_ + at, bytes.data(), bytes.size());
        return *this;
    }
    const uint8_t* bytes() const { return bytes_; }

private:
    uint8_t bytes_[kLongestPart] = {};
};

constexpr uint32_t kIndex = 1;
constexpr uint64_t kLuid = uint64_t{24} << 48;  // IF_TYPE_SOFTWARE_LOOPBACK, number 0
constexpr uint8_t kGuid[] = {0x73, 0xb1, 0x12, 0x6e, 0x1e, 0xec, 0x11, 0x4d,
                             0x9d, 0x6b, 0x4e, 0x65, 0x70, 0x74, 0x75, 0x6e};
constexpr uint64_t kSpeed = 1'073'741'824;  // bits in a second, as Windows says of its own

void interface_part(Part part, Record& record) {
    switch (part) {
        case kKey:
            record.put(0, kLuid);
            return;
        case kChangeable:
            record.put(16, uint32_t{1}).put_text(20, u"Loopback Pseudo-Interface 1");  // admin status: up
            record.put_text(572, u"loopback_0");
            return;
        case kDynamic:
            // Operational: up; media: connected; MTU; speeds.
            record.put(0, uint32_t{1})
                .put(8, uint32_t{1})
                .put(16, UINT32_MAX)
                .put(24, kSpeed)
                .put(32, kSpeed);
            return;
        default:
            record.put(0, kIndex).put_text(4, u"Software Loopback Interface 1").put(520, uint32_t{24});
            record.put(524, uint32_t{1}).put(532, uint32_t{1});  // access: loopback; connection: dedicated
            record.put_bytes(536, kGuid);
            return;
    }
}

void index_part(Part part, Record& record) {
    if (part == kKey) record.put(0, kIndex);
    if (part == kStatic) record.put(0, kLuid);
}

void address_part(Part part, Record& record, std::span<const uint8_t> address, uint32_t prefix) {
    constexpr uint32_t kWellKnown = 2, kPreferred = 4;
    if (part == kKey) record.put(0, kLuid).put_bytes(8, address);
    if (part == kChangeable)
        record.put(0, UINT32_MAX).put(4, UINT32_MAX).put(8, kWellKnown).put(12, kWellKnown).put(16, prefix);
    if (part == kDynamic) record.put(4, kPreferred);
}

void short_address_part(Part part, Record& record) {
    constexpr uint8_t kAddress[] = {127, 0, 0, 1};
    address_part(part, record, kAddress, 8);
}

void long_address_part(Part part, Record& record) {
    constexpr uint8_t kAddress[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    address_part(part, record, kAddress, 128);
}

struct Table {
    uint32_t module;
    uint32_t number;
    uint32_t sizes[kParts];
    void (*part)(Part part, Record& record);  // of its one row; null: it has none
};
constexpr Table kTables[] = {
    {kNdis, 0, {8, 1092, 216, 600}, interface_part},
    {kNdis, 2, {4, 0, 0, 8}, index_part},
    {kIpv4, 10, {16, 28, 8, 8}, short_address_part},
    {kIpv6, 10, {24, 28, 8, 8}, long_address_part},
    // Neighbours and routes: whoever is here needs neither.
    {kIpv4, 11, {24, 32, 16, 0}, nullptr},
    {kIpv6, 11, {32, 32, 16, 0}, nullptr},
    {kIpv4, 16, {56, 32, 20, 8}, nullptr},
    {kIpv6, 16, {80, 32, 32, 8}, nullptr},
};

Result<const Table*> table_of(const ModuleId& module, uint32_t number) {
    if (module.length != sizeof module || module.type != kModuleGuid) return fail(STATUS_INVALID_PARAMETER);
    if (memcmp(module.rest, kModuleRest, sizeof kModuleRest) != 0) return fail(STATUS_INVALID_PARAMETER);
    for (const Table& table : kTables)
        if (table.module == module.first && table.number == number) return &table;
    return fail(STATUS_NOT_SUPPORTED);
}

template <typename T>
Result<T> read(Irp& irp) {
    T value;
    if (irp.input.length < sizeof value) return fail(STATUS_INVALID_PARAMETER);
    TRY(irp.read_input(0, {reinterpret_cast<uint8_t*>(&value), sizeof value}));
    return value;
}

// A size of 0 says that the part is not wanted.
Result<void> check_size(const Table& table, uint32_t part, uint32_t size) {
    if (size != 0 && size != table.sizes[part]) return fail(STATUS_INVALID_PARAMETER);
    return {};
}

Result<void> write_part(Irp& irp, const Table& table, Part part, size_t at, size_t from, size_t length) {
    Record record;
    table.part(part, record);
    return irp.write_output(at, {record.bytes() + from, length});
}

Result<uint64_t> enumerate(Irp& irp) {
    auto asked = TRY(read<EnumerateAll>(irp));
    const Table& table = *TRY(table_of(asked.module, asked.table));
    uint64_t needed = sizeof(uint32_t);
    for (uint32_t part = 0; part < kParts; ++part) {
        TRY(check_size(table, part, asked.sizes[part]));
        needed += uint64_t{asked.sizes[part]} * asked.count;
    }
    if (irp.output.length < needed) return fail(STATUS_INVALID_PARAMETER);
    uint32_t there = table.part ? 1 : 0;
    bool wanted = needed > sizeof(uint32_t);
    uint32_t count = wanted ? std::min(there, asked.count) : there;
    TRY(irp.write_output(0, {reinterpret_cast<const uint8_t*>(&count), sizeof count}));
    size_t at = sizeof count;
    for (uint32_t part = 0; part < kParts; ++part) {
        if (wanted && count && asked.sizes[part])
            TRY(write_part(irp, table, static_cast<Part>(part), at, 0, asked.sizes[part]));
        at += size_t{asked.sizes[part]} * asked.count;
    }
    return needed;
}

// The one row, if this is its key.
Result<void> find(Irp& irp, const Table& table, size_t at, uint32_t key_size) {
    constexpr size_t kLongestKey = 24;
    uint8_t key[kLongestKey];
    if (key_size != table.sizes[kKey] || !table.part) return fail(STATUS_NOT_FOUND);
    if (irp.input.length < at + key_size) return fail(STATUS_INVALID_PARAMETER);
    TRY(irp.read_input(at, {key, key_size}));
    Record record;
    table.part(kKey, record);
    if (memcmp(record.bytes(), key, key_size) != 0) return fail(STATUS_NOT_FOUND);
    return {};
}

Result<uint64_t> all_parameters(Irp& irp) {
    auto asked = TRY(read<GetAllParameters>(irp));
    const Table& table = *TRY(table_of(asked.module, asked.table));
    uint64_t needed = 0;
    for (uint32_t i = 0; i < std::size(asked.sizes); ++i) {
        TRY(check_size(table, i + 1, asked.sizes[i]));
        needed += asked.sizes[i];
    }
    if (irp.output.length < needed) return fail(STATUS_INVALID_PARAMETER);
    TRY(find(irp, table, sizeof asked, asked.key_size));
    size_t at = 0;
    for (uint32_t i = 0; i < std::size(asked.sizes); at += asked.sizes[i++])
        if (asked.sizes[i]) TRY(write_part(irp, table, static_cast<Part>(i + 1), at, 0, asked.sizes[i]));
    return needed;
}

Result<uint64_t> parameter(Irp& irp) {
    auto asked = TRY(read<GetParameter>(irp));
    const Table& table = *TRY(table_of(asked.module, asked.table));
    // NSI_PARAM_TYPE_RW is 0.
    uint32_t part = asked.part + 1;
    if (asked.part >= kStatic || asked.offset > table.sizes[part] ||
        irp.output.length > table.sizes[part] - asked.offset)
        return fail(STATUS_INVALID_PARAMETER);
    TRY(find(irp, table, sizeof asked, asked.key_size));
    TRY(write_part(irp, table, static_cast<Part>(part), 0, asked.offset, irp.output.length));
    return uint64_t{irp.output.length};
}

Result<uint64_t> control(Irp& irp) {
    switch (irp.parameters.control.code) {
        case kEnumerateAll:
            return enumerate(irp);
        case kGetAllParameters:
            return all_parameters(irp);
        case kGetParameter:
            return parameter(irp);
        default:
            return fail(STATUS_NOT_SUPPORTED);
    }
}

}  // namespace

void NsiDevice::start(Irp& irp) {
    if (irp.major == Major::Create) return irp.complete(STATUS_SUCCESS, FILE_OPENED);
    if (irp.major != Major::DeviceControl) return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    auto done = control(irp);
    done ? irp.complete(STATUS_SUCCESS, *done) : irp.complete(done.error());
}

}  // namespace io::afd
