// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/sxs/xml.hpp"

namespace sxs {
namespace {

bool is_space(WCHAR c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Characters of XML 1.0, halves of pairs among them: whether they pair is looked at by what decodes the
// document.
bool is_character(WCHAR c) {
    return c >= 0x20 ? c < 0xfffe : is_space(c);
}

bool is_name_start(WCHAR c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           (c >= 0xc0 && c < 0xfffe && c != 0xd7 && c != 0xf7);
}

bool is_name(WCHAR c) {
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == 0xb7;
}

struct Entity {
    Text name;
    WCHAR value;
};
constexpr Entity entities[] = {{u"lt", '<'}, {u"gt", '>'}, {u"amp", '&'}, {u"quot", '"'}, {u"apos", '\''}};

// The number of "#123" or "#x7b"; 0 if it is none or names no character.
ULONG numbered(Text name) {
    name.remove_prefix(1);
    const ULONG base = !name.empty() && name[0] == 'x' ? 16 : 10;
    if (base == 16) name.remove_prefix(1);
    if (name.empty()) return 0;
    ULONG value = 0;
    for (const WCHAR c : name) {
        const ULONG digit = c >= '0' && c <= '9'                 ? c - '0'
                            : base == 16 && c >= 'a' && c <= 'f' ? c - 'a' + 10
                            : base == 16 && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                                 : base;
        if (digit >= base) return 0;
        value = value * base + digit;
        if (value > 0x10ffff) return 0;
    }
    const bool half = value >= 0xd800 && value < 0xe000;
    return half || (value < 0x10000 && !is_character(static_cast<WCHAR>(value))) ? 0 : value;
}

// What the reference that `text` begins with stands for, and its length; 0 for one that stands for nothing.
ULONG reference(Text text, SIZE_T& length) {
    constexpr SIZE_T longest = 12;
    const SIZE_T end = text.substr(0, longest).find(u';');
    if (end == Text::npos || end < 2) return 0;
    length = end + 1;
    const Text name = text.substr(1, end - 1);
    if (name[0] == '#') return numbered(name);
    for (const Entity& entity : entities) {
        if (entity.name == name) return entity.value;
    }
    return 0;
}

bool good_text(Text text) {
    for (SIZE_T at = 0; at < text.size();) {
        SIZE_T length = 1;
        if (!is_character(text[at])) return false;
        if (text[at] == '&' && !reference(text.substr(at), length)) return false;
        at += length;
    }
    return true;
}

}  // namespace

Xml::Xml(Text document) : left_(document) {
    if (!left_.empty() && left_[0] == 0xfeff) left_.remove_prefix(1);
}

bool Xml::decode(Text raw, Arena& arena, Text& text) {
    text = raw;
    if (raw.find_first_of(u"&\r\n\t") == Text::npos) return true;
    auto* room = arena.make<WCHAR>(raw.size() + 1);
    if (!room) return false;
    SIZE_T count = 0;
    for (SIZE_T at = 0; at < raw.size();) {
        SIZE_T length = 1;
        ULONG value = is_space(raw[at]) ? ' ' : raw[at];
        if (value == '&') value = reference(raw.substr(at), length);
        if (value >= 0x10000) {
            room[count++] = static_cast<WCHAR>(0xd7c0 + (value >> 10));
            value = 0xdc00 + (value & 0x3ff);
        }
        room[count++] = static_cast<WCHAR>(value);
        at += length;
    }
    text = {room, count};
    return true;
}

bool Xml::take(Text text) {
    if (left_.substr(0, text.size()) != text) return false;
    left_.remove_prefix(text.size());
    return true;
}

bool Xml::skip_spaces() {
    SIZE_T count = 0;
    while (count < left_.size() && is_space(left_[count]))
        ++count;
    left_.remove_prefix(count);
    return count;
}

bool Xml::take_name(Text& name) {
    SIZE_T count = 0;
    if (left_.empty() || !is_name_start(left_[0])) return false;
    while (count < left_.size() && is_name(left_[count]))
        ++count;
    name = left_.substr(0, count);
    left_.remove_prefix(count);
    return true;
}

bool Xml::take_until(Text end, Text& skipped) {
    const SIZE_T at = left_.find(end);
    if (at == Text::npos) return false;
    skipped = left_.substr(0, at);
    left_.remove_prefix(at + end.size());
    for (const WCHAR c : skipped) {
        if (!is_character(c)) return false;
    }
    return true;
}

const Attribute* Xml::attribute(Text name) const {
    for (ULONG i = 0; i < attribute_count_; ++i) {
        if (attributes_[i].prefix.empty() && attributes_[i].name == name) return &attributes_[i];
    }
    return nullptr;
}

Xml::Event Xml::next() {
    if (failed_) return Event::Bad;
    if (empty_) {
        empty_ = false;
        binding_count_ = open_[--depth_].bindings;
        return Event::End;
    }
    for (;;) {
        if (left_.empty()) return depth_ || !seen_root_ ? bad() : Event::Done;
        if (left_[0] != '<') {
            if (depth_) return text();
            if (!skip_spaces()) return bad();
        } else if (left_.substr(0, 4) == u"<!--") {
            if (!comment()) return bad();
        } else if (left_.substr(0, 2) == u"<?") {
            if (!instruction()) return bad();
        } else {
            return markup();
        }
        fresh_ = false;
    }
}

bool Xml::comment() {
    Text skipped;
    left_.remove_prefix(4);
    return take_until(u"--", skipped) && take(u">");
}

// The declaration says nothing that is not known: the document is decoded already.
bool Xml::instruction() {
    Text name, skipped;
    left_.remove_prefix(2);
    if (!take_name(name) || name.find(u':') != Text::npos) return false;
    const bool reserved = same(name, u"xml");
    if (reserved && (!fresh_ || name != u"xml")) return false;
    if (!left_.empty() && !is_space(left_[0]) && left_[0] != '?') return false;
    return take_until(u"?>", skipped) && (!reserved || skipped.find(u"version") != Text::npos);
}

Xml::Event Xml::markup() {
    fresh_ = false;
    if (take(u"<![CDATA[")) {
        literal_ = true;
        return depth_ && take_until(u"]]>", characters_) ? Event::Characters : bad();
    }
    if (take(u"</")) return end();
    left_.remove_prefix(1);
    return start();
}

Xml::Event Xml::text() {
    const SIZE_T at = left_.find(u'<');
    if (at == Text::npos) return bad();
    characters_ = left_.substr(0, at);
    left_.remove_prefix(at);
    literal_ = false;
    return good_text(characters_) && characters_.find(u"]]>") == Text::npos ? Event::Characters : bad();
}

bool Xml::one_attribute(Attribute& attribute) {
    attribute = {};
    if (!take_name(attribute.name)) return false;
    skip_spaces();
    if (!take(u"=")) return false;
    skip_spaces();
    if (left_.empty() || (left_[0] != '"' && left_[0] != '\'')) return false;
    const WCHAR quote = left_[0];
    left_.remove_prefix(1);
    return take_until(Text(&quote, 1), attribute.raw) && attribute.raw.find(u'<') == Text::npos &&
           good_text(attribute.raw);
}

bool Xml::attributes(ULONG& count) {
    for (count = 0;; ++count) {
        const bool spaces = skip_spaces();
        if (left_.empty()) return false;
        if (left_[0] == '>' || left_[0] == '/') return true;
        if (!spaces || count == most_attributes || !one_attribute(attributes_[count])) return false;
        for (ULONG i = 0; i < count; ++i) {
            if (attributes_[i].name == attributes_[count].name) return false;
        }
    }
}

// Declarations of namespaces hold from this element on; what stays are attributes.
bool Xml::bind(ULONG count) {
    attribute_count_ = 0;
    for (ULONG i = 0; i < count; ++i) {
        const Attribute& attribute = attributes_[i];
        const bool is_default = attribute.name == u"xmlns";
        if (!is_default && attribute.name.substr(0, 6) != u"xmlns:") {
            attributes_[attribute_count_++] = attribute;
            continue;
        }
        const Text prefix = is_default ? Text() : attribute.name.substr(6);
        if (!is_default && (prefix.empty() || attribute.raw.empty())) return false;
        if (binding_count_ == most_bindings) return false;
        bindings_[binding_count_++] = {prefix, attribute.raw};
    }
    for (ULONG i = 0; i < attribute_count_; ++i) {
        Attribute& attribute = attributes_[i];
        const Text qualified = attribute.name;
        if (!resolve(qualified, true, attribute.space, attribute.name)) return false;
        if (attribute.name.size() != qualified.size())
            attribute.prefix = qualified.substr(0, qualified.size() - attribute.name.size() - 1);
    }
    return true;
}

bool Xml::resolve(Text qualified, bool attribute, Text& space, Text& name) const {
    const SIZE_T colon = qualified.find(u':');
    const Text prefix = colon == Text::npos ? Text() : qualified.substr(0, colon);
    name = colon == Text::npos ? qualified : qualified.substr(colon + 1);
    space = {};
    if (name.empty() || name.find(u':') != Text::npos || colon == 0) return false;
    if (prefix.empty() && attribute) return true;
    if (prefix == u"xml") {
        space = u"http://www.w3.org/XML/1998/namespace";
        return true;
    }
    for (ULONG i = binding_count_; i-- > 0;) {
        if (bindings_[i].prefix != prefix) continue;
        space = bindings_[i].space;
        return true;
    }
    return prefix.empty();
}

Xml::Event Xml::start() {
    Text tag;
    ULONG count;
    if (depth_ == most_depth || (!depth_ && seen_root_) || !take_name(tag)) return bad();
    const ULONG bindings = binding_count_;
    if (!attributes(count) || !bind(count) || !resolve(tag, false, space_, name_)) return bad();
    open_[depth_++] = {tag, bindings};
    seen_root_ = true;
    empty_ = take(u"/");
    return take(u">") ? Event::Start : bad();
}

Xml::Event Xml::end() {
    Text tag;
    if (!depth_ || !take_name(tag) || tag != open_[depth_ - 1].tag) return bad();
    skip_spaces();
    if (!resolve(tag, false, space_, name_) || !take(u">")) return bad();
    binding_count_ = open_[--depth_].bindings;
    return Event::End;
}

}  // namespace sxs
