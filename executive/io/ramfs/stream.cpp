// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/ramfs/stream.hpp"

namespace io::ramfs {

namespace {

constexpr size_t kLongestName = 255;

bool wants_data(ACCESS_MASK access) {
    return access & (FILE_READ_DATA | FILE_EXECUTE | FILE_WRITE_DATA | FILE_APPEND_DATA | DELETE);
}

}  // namespace

Result<Ref<Stream>> Stream::create(std::u16string_view name, Allowance& allowance, MakeRoom make_room,
                                   std::span<const uint8_t> archived) {
    FoldedName own_name = TRY(FoldedName::create(name));
    Ref<mm::ControlArea> data;
    if (make_room) data = TRY(make_room(allowance, archived));
    Allowance* charged = name.empty() ? nullptr : &allowance;
    if (charged) TRY(charged->add_node());
    auto stream = make_ref<Stream>(std::move(own_name), charged, std::move(data));
    if (!stream && charged) charged->remove_node();
    return stream;
}

Stream::Stream(FoldedName name, Allowance* charged, Ref<mm::ControlArea> data)
    : name_(std::move(name)), charged_(charged), data_(std::move(data)) {}

Stream::~Stream() {
    if (charged_) charged_->remove_node();
}

void Streams::insert(Stream& stream) {
    named_.insert(stream);
    stream.epoch_ = epoch_;
    stream.previous_ = nullptr;
    if (chain_) chain_->previous_ = &stream;
    stream.next_ = std::move(chain_);
    chain_ = Ref<Stream>(stream);
    ++changed_;
}

void Streams::remove(Stream& stream) {
    Ref<Stream> keep(stream);
    named_.remove(stream);
    stream.epoch_ = 0;
    Ref<Stream> next = std::move(stream.next_);
    if (next) next->previous_ = stream.previous_;
    (stream.previous_ ? stream.previous_->next_ : chain_) = std::move(next);
    ++changed_;
}

void Streams::remove_all() {
    ++epoch_;
    ++changed_;
    keepers_ = 0;
    decltype(named_) forgotten(std::move(named_));
    chain_.reset();
}

Result<void> Streams::rename(Stream& stream, std::u16string_view name) {
    FoldedName new_name = TRY(FoldedName::create(name));
    named_.remove(stream);
    stream.name_ = std::move(new_name);
    named_.insert(stream);
    ++changed_;
    return {};
}

Result<void> Streams::name_main(std::u16string_view name, Ref<Stream> main, Allowance& allowance) {
    FoldedName new_name = TRY(FoldedName::create(name));
    if (!main_->charged_) {
        TRY(allowance.add_node());
        main_->charged_ = &allowance;
    }
    Ref<Stream> stream = std::exchange(main_, std::move(main));
    stream->name_ = std::move(new_name);
    insert(*stream);
    return {};
}

void Streams::make_main(Stream& stream) {
    Ref<Stream> keep(stream);
    remove(stream);
    stream.name_ = FoldedName();
    main_ = std::move(keep);
}

Result<bool> Streams::open(Stream& stream, ACCESS_MASK access, uint32_t share) {
    bool keeps = stream.named() && wants_data(access) && !(share & FILE_SHARE_DELETE);
    if (keeps && main_->share.deleters() > 0) return fail(STATUS_SHARING_VIOLATION);
    if (!stream.named() && (access & DELETE) && keepers_ > 0) return fail(STATUS_SHARING_VIOLATION);
    TRY(stream.share.add(access, share));
    keepers_ += keeps;
    return keeps;
}

void Streams::close(Stream& stream, ACCESS_MASK access, uint32_t share, bool keeps) {
    stream.share.remove(access, share);
    if (keeps && has(stream)) --keepers_;
}

Result<StreamName> parse_stream_name(std::u16string_view text) {
    StreamName result;
    if (text.empty()) return result;
    text.remove_prefix(1);
    size_t end = std::min(text.find(u':'), text.size());
    result.name = text.substr(0, end);
    std::u16string_view type = text.substr(end);
    bool wrong = result.name.size() > kLongestName || (type.empty() && result.name.empty());
    for (char16_t unit : result.name)
        wrong = wrong || unit == 0 || unit == u'/' || unit == u'\\';
    if (wrong) return fail(STATUS_OBJECT_NAME_INVALID);
    result.directory = equal_ignore_case(type, u":$INDEX_ALLOCATION");
    result.data = !result.directory;
    if (!type.empty() && !result.directory && !equal_ignore_case(type, u":$DATA"))
        return fail(STATUS_OBJECT_NAME_INVALID);
    // A directory's entries have a name of their own.
    if (result.directory && equal_ignore_case(result.name, u"$I30")) result.name = {};
    if (result.directory && !result.name.empty()) return fail(STATUS_OBJECT_NAME_INVALID);
    return result;
}

}  // namespace io::ramfs
