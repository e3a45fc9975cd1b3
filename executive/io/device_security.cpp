// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/device_security.hpp"

#include "base/acl.hpp"
#include "executive/se/access_check.hpp"
#include "executive/se/kernel_mode.hpp"

namespace io {

namespace {

constexpr Sid kRestricted{5, {SECURITY_RESTRICTED_CODE_RID}};

// What holds files, whose driver speaks for each of them.
bool only_read_by_others(uint32_t type, uint32_t characteristics) {
    switch (type) {
        case FILE_DEVICE_CD_ROM_FILE_SYSTEM:
        case FILE_DEVICE_DISK_FILE_SYSTEM:
        case FILE_DEVICE_FILE_SYSTEM:
            return true;
        case FILE_DEVICE_DISK:
        case FILE_DEVICE_CD_ROM:
        case FILE_DEVICE_VIRTUAL_DISK:
            return !(characteristics & FILE_FLOPPY_DISKETTE);
        default:
            return false;
    }
}

bool is_guarded(const Device& device, bool names_more) {
    if (device.security().empty()) return false;
    return !names_more || (device.characteristics() & FILE_DEVICE_SECURE_OPEN);
}

ACCESS_MASK all_of(ACCESS_MASK desired) {
    return desired & MAXIMUM_ALLOWED ? (desired & ~MAXIMUM_ALLOWED) | FILE_ALL_ACCESS : desired;
}

// `others`: what everybody may, 0 for nothing.
Result<Vector<uint8_t>> device_security(ACCESS_MASK others) {
    AclBuilder dacl;
    if (others) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, others, kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, FILE_ALL_ACCESS, kAdministrators));
    if (others) TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, others, kRestricted));
    Vector<uint8_t> list = TRY(dacl.finish());
    base::Parts parts;
    parts.owner = SidView(kAdministrators).bytes();
    parts.group = SidView(kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    parts.control = SE_DACL_PROTECTED;
    return base::build_descriptor(parts);
}

}  // namespace

Result<Vector<uint8_t>> default_device_security(uint32_t type, uint32_t characteristics) {
    ACCESS_MASK others = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    if (!only_read_by_others(type, characteristics)) others |= FILE_GENERIC_WRITE;
    return device_security(others);
}

Result<Vector<uint8_t>> guarded_device_security() {
    return device_security(0);
}

Result<ACCESS_MASK> check_open(ke::Call* call, Device& device, bool names_more, const OpenOptions& options) {
    ACCESS_MASK desired = options.access;
    if (!call) return device.checks_access() ? desired : all_of(desired);
    if (call->client().is_driver_host() && !options.check_driver) {
        bool own = device.owned_by(call->client());
        return own ? all_of(desired) : se::less_guard_rights(all_of(desired));
    }
    if (device.checks_access()) return desired;
    if (!is_guarded(device, names_more)) return all_of(desired);
    return se::check_access(se::subject(*call), device.type(), device.security(), desired);
}

}  // namespace io
