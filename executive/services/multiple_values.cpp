// SPDX-License-Identifier: GPL-3.0-only
//
// NtQueryMultipleValueKey: several values of a key, as they are at one moment.
#include <algorithm>

#include "executive/cm/cm.hpp"
#include "executive/services.hpp"
#include "executive/services/hives.hpp"

using namespace base;

namespace {

constexpr ULONG kMostEntries = 0x10000;

// Goes through the entries in slices, and begins anew where the registry has changed meanwhile.
class MultipleQuery {
public:
    MultipleQuery(ke::Call& call, const cm::Key& key, const NtQueryMultipleValueKeyArgs& args, ULONG room)
        : call_(call),
          key_(key),
          entries_(args.ValueEntries.address()),
          count_(args.EntryCount),
          buffer_(reinterpret_cast<uint64_t>(args.ValueBuffer)),
          room_(room) {}

    // A slice; true when all have been told of. STATUS_OBJECT_NAME_NOT_FOUND.
    Result<bool> step() {
        ke::Slice slice;
        if (attempts_ == 0 || version_ != cm::changes()) begin();
        while (index_ < count_) {
            TRY(go_on());
            if (slice.over()) return false;
        }
        return true;
    }
    const unsigned& attempts() const { return attempts_; }
    // REQUIRES, for all: all have been told of.
    ULONG used() const { return static_cast<ULONG>(used_); }
    ULONG required() const { return static_cast<ULONG>(std::min<uint64_t>(required_, ~ULONG{0})); }
    bool overflown() const { return overflown_; }

private:
    void begin() {
        ++attempts_;
        version_ = cm::changes();
        index_ = 0;
        used_ = required_ = 0;
        overflown_ = false;
        data_.reset();
        state_ = {};
    }
    Result<void> go_on() { return data_ ? tell() : search(); }

    // A part of the name.
    Result<void> search() {
        constexpr size_t kPart = 128;
        ke::UserIn<KEY_VALUE_ENTRY> at(entries_ + index_ * sizeof(KEY_VALUE_ENTRY));
        entry_ = TRY(call_.read(at));
        if (!entry_.ValueName) return fail(STATUS_ACCESS_VIOLATION);
        auto name = TRY(call_.read(ke::UserIn<UNICODE_STRING>(reinterpret_cast<uint64_t>(entry_.ValueName))));
        if (name.Length % sizeof(char16_t) != 0) return fail(STATUS_INVALID_PARAMETER);
        size_t length = name.Length / sizeof(char16_t);
        cm::ValueSearch search(key_, length, state_);
        if (!search.over()) {
            char16_t part[kPart];
            size_t units = std::min(kPart, length - search.wanted());
            TRY(call_.memory().copy_in(
                part, reinterpret_cast<uint64_t>(name.Buffer) + search.wanted() * sizeof(char16_t),
                units * sizeof(char16_t)));
            search.take({part, units});
            state_ = search.state();
        }
        if (!search.over()) return {};
        if (!search.found()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
        begin_data(*search.found());
        return {};
    }

    void begin_data(const cm::Value& value) {
        data_ = value.data;
        told_ = 0;
        state_ = {};
        used_ = align_up(used_, sizeof(ULONG));
        required_ = align_up(required_, sizeof(ULONG)) + data_->size();
        if (used_ + data_->size() > room_) overflown_ = true;
        entry_.DataLength = static_cast<ULONG>(data_->size());
        entry_.DataOffset = static_cast<ULONG>(used_);
        entry_.Type = value.type;
    }

    // A piece of the data; the entry comes last.
    Result<void> tell() {
        if (!overflown_ && told_ < data_->size()) {
            std::span<const uint8_t> piece = data_->from(told_);
            TRY(call_.memory().copy_out(buffer_ + used_ + told_, piece.data(), piece.size()));
            told_ += piece.size();
            return {};
        }
        if (!overflown_) {
            TRY(call_.memory().copy_out(entries_ + index_ * sizeof entry_, &entry_, sizeof entry_));
            used_ += data_->size();
        }
        data_.reset();
        ++index_;
        return {};
    }

    ke::Call& call_;
    const cm::Key& key_;
    uint64_t entries_;
    ULONG count_;
    uint64_t buffer_;
    uint64_t room_;
    ULONG index_ = 0;
    KEY_VALUE_ENTRY entry_{};
    cm::ValueSearch::State state_;
    Ref<cm::ValueData> data_;
    size_t told_ = 0;
    uint64_t used_ = 0;
    uint64_t required_ = 0;
    bool overflown_ = false;
    uint64_t version_ = 0;
    unsigned attempts_ = 0;
};

}  // namespace

ke::Task<NTSTATUS> NtQueryMultipleValueKey(ke::Call& call, NtQueryMultipleValueKeyArgs args) {
    auto object = CO_TRY(cm::live_key(call, args.KeyHandle, args.KeyHandleAccess));
    if (args.EntryCount > kMostEntries) co_return STATUS_INSUFFICIENT_RESOURCES;
    if (args.BufferLength.null()) co_return STATUS_ACCESS_VIOLATION;
    ULONG room = CO_TRY(call.read(args.BufferLength));
    CO_TRY(call.probe(args.BufferLength.out()));
    CO_TRY(call.probe(args.RequiredBufferLength));
    MultipleQuery query(call, object->key(), args, room);
    NTSTATUS status = co_await services::undisturbed(call, query);
    if (!NT_SUCCESS(status)) co_return status;
    if (object->key().is_deleted()) co_return STATUS_KEY_DELETED;
    CO_TRY(call.write(args.BufferLength, query.used()));
    CO_TRY(call.write(args.RequiredBufferLength, query.required()));
    co_return query.overflown() ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
