// SPDX-License-Identifier: GPL-3.0-only
//
// Who has keys of a hive open.
#include "executive/cm/cm.hpp"
#include "executive/cm/openings.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

// The root of a hive, or what would be one. STATUS_INVALID_PARAMETER: it lies elsewhere.
ke::Task<Result<Ref<cm::Key>>> find_root(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> target) {
    auto attributes = CO_TRY(call.capture_attributes(target));
    if (!attributes.given) co_return fail(STATUS_ACCESS_VIOLATION);
    cm::Place place = CO_TRY(co_await cm::find_place(call, std::move(attributes), true));
    if (!place.key) co_return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (place.key->level() != services::kHiveLevel) co_return fail(STATUS_INVALID_PARAMETER);
    co_return std::move(place.key);
}

// Tells of each, from the buffer's start on, and of its name, from the buffer's end down.
class OpeningList final : public cm::Openings {
public:
    OpeningList(ke::Call& call, Ref<cm::Key> root, ke::UserOutBuffer out)
        : Openings(std::move(root), false), call_(call), out_(out) {}
    // REQUIRES, for both: all have been met.
    size_t required() const { return kEntries + count() * sizeof(KEY_PID_ARRAY) + names_; }

private:
    static constexpr size_t kEntries = offsetof(KEY_OPEN_SUBKEYS_INFORMATION, KeyArray);

    void begin() override { names_ = 0; }
    Result<void> meet(const cm::Key& key, const cm::Opening& opening, ULONG index) override {
        // One that is longer than a name can be is told of without it.
        auto named = key.path();
        if (!named && named.error() != STATUS_NAME_TOO_LONG) return named.failure();
        String path = named ? std::move(*named) : String();
        size_t length = path.length() * sizeof(char16_t);
        size_t end = kEntries + (index + size_t{1}) * sizeof(KEY_PID_ARRAY);
        if (end + names_ + length <= out_.length) {
            uint64_t name = out_.address + out_.length - names_ - length;
            TRY(call_.memory().copy_out(name, path.view().data(), length));
            KEY_PID_ARRAY entry{};
            entry.PID = ULongToHandle(opening.opener());
            entry.KeyName.Length = entry.KeyName.MaximumLength = static_cast<USHORT>(length);
            entry.KeyName.Buffer = reinterpret_cast<PWSTR>(name);
            TRY(call_.memory().copy_out(out_.address + end - sizeof entry, &entry, sizeof entry));
        }
        names_ += length;
        return {};
    }

    ke::Call& call_;
    ke::UserOutBuffer out_;
    size_t names_ = 0;  // bytes
};

}  // namespace

ke::Task<NTSTATUS> NtQueryOpenSubKeys(ke::Call& call, NtQueryOpenSubKeysArgs args) {
    if (args.HandleCount.null()) co_return STATUS_ACCESS_VIOLATION;
    CO_TRY(call.probe(args.HandleCount));
    Ref<cm::Key> key = CO_TRY(co_await find_root(call, args.TargetKey));
    cm::OpeningCount openings(std::move(key), false);
    NTSTATUS status = co_await services::undisturbed(call, openings);
    if (!NT_SUCCESS(status)) co_return status;
    co_return to_status(call.write(args.HandleCount, openings.count()));
}

ke::Task<NTSTATUS> NtQueryOpenSubKeysEx(ke::Call& call, NtQueryOpenSubKeysExArgs args) {
    CO_TRY(services::check_hive_privilege(call, SE_RESTORE_PRIVILEGE));
    if (args.RequiredSize.null()) co_return STATUS_ACCESS_VIOLATION;
    CO_TRY(call.probe(args.RequiredSize));
    if (args.BufferLength < sizeof(ULONG)) co_return STATUS_BUFFER_TOO_SMALL;
    Ref<cm::Key> key = CO_TRY(co_await find_root(call, args.TargetKey));
    OpeningList openings(call, std::move(key), args.Buffer);
    NTSTATUS status = co_await services::undisturbed(call, openings);
    if (!NT_SUCCESS(status)) co_return status;
    ULONG count = openings.count();
    CO_TRY(call.memory().copy_out(args.Buffer.address, &count, sizeof count));
    CO_TRY(call.write(args.RequiredSize, static_cast<ULONG>(openings.required())));
    co_return openings.required() > args.Buffer.length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
