// SPDX-License-Identifier: GPL-3.0-only
//
// whoami: what the shell's token says.
#include "apps/common/native.hpp"
#include "apps/ntcmd/shell.hpp"

namespace ntcmd {
namespace {

// An answer of NtQueryInformationToken about the shell's own token.
class TokenAnswer {
public:
    explicit TokenAnswer(TOKEN_INFORMATION_CLASS which) {
        ULONG length = 0;
        status_ = NtQueryInformationToken(NtCurrentProcessToken(), which, bytes_, sizeof bytes_, &length);
    }
    NTSTATUS status() const { return status_; }
    template <typename T>
    const T& as() const {
        return *reinterpret_cast<const T*>(bytes_);
    }

private:
    alignas(8) UCHAR bytes_[8192] = {};
    NTSTATUS status_;
};

Text sid_text(PSID sid) {
    UNICODE_STRING string = {};
    if (!NT_SUCCESS(RtlConvertSidToUnicodeString(&string, sid, TRUE))) return Text(u"?");
    Text text{View(string)};
    RtlFreeUnicodeString(&string);
    return text;
}

const WCHAR* state_of_group(ULONG attributes) {
    if (attributes & SE_GROUP_USE_FOR_DENY_ONLY) return u"for denying only";
    return attributes & SE_GROUP_ENABLED ? u"enabled" : u"disabled";
}

LONG show_all(Shell& shell) {
    const TokenAnswer groups(TokenGroups), privileges(TokenPrivileges), label(TokenIntegrityLevel);
    const NTSTATUS status = !NT_SUCCESS(groups.status())       ? groups.status()
                            : !NT_SUCCESS(privileges.status()) ? privileges.status()
                                                               : label.status();
    if (!NT_SUCCESS(status)) return complain(shell, u"whoami", status);
    const auto& list = groups.as<TOKEN_GROUPS>();
    for (ULONG i = 0; i < list.GroupCount; ++i)
        shell.out.print(u"group     {}  {}\n", sid_text(list.Groups[i].Sid),
                        state_of_group(list.Groups[i].Attributes));
    shell.out.print(u"label     {}\n", sid_text(label.as<TOKEN_MANDATORY_LABEL>().Label.Sid));
    const auto& held = privileges.as<TOKEN_PRIVILEGES>();
    for (ULONG i = 0; i < held.PrivilegeCount; ++i)
        shell.out.print(u"privilege {}  {}\n", static_cast<ULONG64>(held.Privileges[i].Luid.LowPart),
                        held.Privileges[i].Attributes & SE_PRIVILEGE_ENABLED ? u"enabled" : u"disabled");
    return 0;
}

}  // namespace

LONG command_whoami(Shell& shell, const Command& command) {
    const bool all = command.words.size() > 1;
    if (all && !command.words[1].view().equals(u"/all")) {
        shell.out.print(u"whoami: {} is not /all\n", command.words[1]);
        return 1;
    }
    const TokenAnswer user(TokenUser);
    if (!NT_SUCCESS(user.status())) return complain(shell, u"whoami", user.status());
    shell.out.print(u"{}{}\n", all ? u"user      " : u"", sid_text(user.as<TOKEN_USER>().User.Sid));
    return all ? show_all(shell) : 0;
}

}  // namespace ntcmd
