// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptor of what fuzzing processes of whatever rights share: everything for everybody, for all below
// too.
#pragma once

#include "abi/nt/ntdll.h"

namespace torture {

class OpenToAll {
public:
    OpenToAll() {
        auto* dacl = reinterpret_cast<PACL>(dacl_);
        RtlCreateAcl(dacl, sizeof dacl_, ACL_REVISION);
        RtlAddAccessAllowedAceEx(dacl, ACL_REVISION, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE, GENERIC_ALL,
                                 &everyone_);
        RtlCreateSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&descriptor_, TRUE, dacl, FALSE);
    }
    OpenToAll(const OpenToAll&) = delete;
    OpenToAll& operator=(const OpenToAll&) = delete;
    // Valid as long as this is.
    PVOID get() const { return const_cast<SECURITY_DESCRIPTOR*>(&descriptor_); }

private:
    SID everyone_ = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 1}}, {SECURITY_WORLD_RID}};
    alignas(8) UCHAR dacl_[64];
    SECURITY_DESCRIPTOR descriptor_;
};

}  // namespace torture
