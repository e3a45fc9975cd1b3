// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ob/answer.hpp"

namespace ob {

Result<size_t> Answer::reserve(size_t length) {
    size_t offset = bytes_.size();
    if (length > UINT32_MAX - offset) return fail(STATUS_INSUFFICIENT_RESOURCES);
    if (offset + length > bytes_.capacity()) TRY(bytes_.reserve((offset + length) * 2));
    TRY(bytes_.resize(offset + length));
    return offset;
}

Result<size_t> Answer::append(const void* data, size_t length) {
    size_t offset = bytes_.size();
    if (length > UINT32_MAX - offset) return fail(STATUS_INSUFFICIENT_RESOURCES);
    TRY(bytes_.append({static_cast<const uint8_t*>(data), length}));
    return offset;
}

Result<size_t> Answer::append_text(std::u16string_view text) {
    return append(text.data(), text.size() * sizeof(char16_t));
}

Result<UNICODE_STRING> Answer::append_string(std::u16string_view text) {
    if (text.size() >= UNICODE_STRING_MAX_CHARS) return fail(STATUS_NAME_TOO_LONG);
    size_t offset = TRY(append_text(text));
    TRY(append(char16_t{0}));
    USHORT length = static_cast<USHORT>(text.size() * sizeof(char16_t));
    return UNICODE_STRING{length, static_cast<USHORT>(length + sizeof(char16_t)), user<WCHAR>(offset)};
}

Result<void> Answer::align(size_t alignment) {
    TRY(reserve(align_up(bytes_.size(), alignment) - bytes_.size()));
    return {};
}

NTSTATUS Answer::deliver(ke::Call& call, ke::UserOut<ULONG> returned, NTSTATUS too_small) const {
    if (bytes_.size() <= out_.length) TRY(call.bring(out_.address, bytes_.size(), ke::Access::Write));
    TRY(call.write(returned, static_cast<ULONG>(bytes_.size())));
    if (bytes_.size() > out_.length) return too_small;
    return to_status(call.copy_out(out_, bytes_.data(), bytes_.size()));
}

NTSTATUS Answer::deliver_part(ke::Call& call, ke::UserOut<ULONG> returned, size_t fixed) const {
    size_t length = bytes_.size() < out_.length ? bytes_.size() : out_.length;
    TRY(call.bring(out_.address, length, ke::Access::Write));
    TRY(call.write(returned, static_cast<ULONG>(bytes_.size())));
    if (out_.length < fixed) return STATUS_BUFFER_TOO_SMALL;
    TRY(call.copy_out(out_, bytes_.data(), length));
    return length == bytes_.size() ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}

}  // namespace ob
