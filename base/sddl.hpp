// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors as text ([MS-DTYP] 2.5.1): O:owner G:group D:flags(entry)... S:flags(entry)..., with
// an entry type;flags;rights;object;inherited object;sid. Pure functions; drivers, the shell and tests share
// them.
//
// SIDs are S-1-... or two letters. Those of letters that mean an account of a domain or of this machine (DA,
// LA) are not known here. Entries with conditions and resource attributes are not read.
#pragma once

#include <string_view>

#include "base/acl.hpp"
#include "base/string.hpp"

namespace base {

// A checked descriptor in self-relative form. STATUS_INVALID_PARAMETER where the text is not as it has to be
// or says more than is read, STATUS_INVALID_SID for a SID, STATUS_INVALID_ACL for a list that is too long.
Result<Vector<uint8_t>> parse_sddl(std::u16string_view text);
// The parts chosen (OWNER_, GROUP_, DACL_, SACL_SECURITY_INFORMATION) of a checked descriptor. An entry of a
// kind that is not read: STATUS_INVALID_ACL.
Result<String> sddl_text(std::span<const uint8_t> descriptor, SECURITY_INFORMATION which);

// A SID as two letters or S-1-.... STATUS_INVALID_SID.
Result<Sid> parse_sid(std::u16string_view text);
// By two letters, where there are some.
Result<void> append_sid(String& text, SidView sid);

}  // namespace base
