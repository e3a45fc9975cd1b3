// SPDX-License-Identifier: GPL-3.0-only
//
// Trees of keys apart, written as hives and read from them.
#pragma once

#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "executive/cm/cm.hpp"
#include "executive/cm/regf/checksum.hpp"
#include "executive/cm/regf/log_writer.hpp"
#include "executive/cm/regf/marvin.hpp"
#include "executive/cm/regf/reader.hpp"
#include "executive/cm/regf/recovery.hpp"
#include "executive/cm/regf/writer.hpp"
#include "executive/cm/remains.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace {

using base::Ref;
using cm::Key;
using cm::regf::BaseBlock;
using cm::regf::OwnStore;
using cm::regf::Reader;
using cm::regf::Writer;

class Hives : public testing::Test, public test::Fixture {
protected:
    Hives() {
        used_ = client.limit.used();
        before_ = cm::total_bytes();
    }
    ~Hives() override {
        test::run_loop();
        EXPECT_EQ(client.limit.used(), used_);
        EXPECT_EQ(cm::total_bytes(), before_);
    }
    static Ref<Key> tree() { return MUST(Key::create_apart(2)); }
    static void set(Key& key, std::u16string_view name, ULONG type, size_t size, uint8_t seed = 1) {
        std::vector<uint8_t> data(size);
        for (size_t i = 0; i < size; ++i)
            data[i] = static_cast<uint8_t>(i * 7 + seed);
        EXPECT_TRUE(key.set_value(name, type, data));
    }
    std::vector<uint8_t> write(Ref<Key> root, cm::regf::WriteOptions options = {}) {
        Writer writer(std::move(root), MUST(OwnStore::create(client)), options);
        while (!MUST(writer.step())) {
        }
        std::vector<uint8_t> bytes(writer.store().size());
        writer.store().read(0, bytes);
        return bytes;
    }
    // The status, or the root.
    NTSTATUS read(const std::vector<uint8_t>& bytes, Ref<Key>* root = nullptr) {
        OwnStore store = MUST(OwnStore::create(client));
        EXPECT_TRUE(store->set_size(bytes.size()));
        EXPECT_TRUE(store->write(0, bytes));
        Reader reader(*store, MUST(OwnStore::create(client)), 2);
        while (true) {
            auto over = reader.step();
            if (!over) return over.error();
            if (*over) break;
        }
        Ref<Key> made = reader.take_root();
        if (root) {
            *root = made;
        } else {
            cm::end_tree(made);
        }
        return STATUS_SUCCESS;
    }
    static std::vector<uint8_t> data_of(const cm::Value& value) {
        auto bytes = MUST(value.data->bytes(1 << 24));
        return {bytes.begin(), bytes.end()};
    }
    static void expect_same(const Key& a, const Key& b) {
        ASSERT_EQ(a.value_count(), b.value_count());
        for (size_t i = 0; i < a.value_count(); ++i) {
            EXPECT_EQ(a.value(i).name.view(), b.value(i).name.view());
            EXPECT_EQ(a.value(i).type, b.value(i).type);
            EXPECT_EQ(data_of(a.value(i)), data_of(b.value(i)));
        }
        EXPECT_EQ(a.key_class(), b.key_class());
        EXPECT_EQ(a.is_link(), b.is_link());
        EXPECT_EQ(a.last_write(), b.last_write());
        EXPECT_EQ(a.security().get(), b.security().get());
        ASSERT_EQ(a.subkey_count(), b.subkey_count());
        for (size_t i = 0; i < a.subkey_count(); ++i) {
            EXPECT_EQ(a.subkey(i).name(), b.subkey(i).name());
            expect_same(a.subkey(i), b.subkey(i));
        }
    }
    void expect_kept(const Ref<Key>& root, cm::regf::WriteOptions options = {}) {
        Ref<Key> copy;
        ASSERT_EQ(read(write(root, options), &copy), STATUS_SUCCESS);
        expect_same(*root, *copy);
        cm::end_tree(copy);
    }
    static Ref<Key> usual_tree() {
        Ref<Key> root = tree();
        set(*root, u"", REG_SZ, 10);
        set(*root, u"empty", REG_BINARY, 0);
        set(*root, u"four", REG_DWORD, 4);
        set(*root, u"five", 77, 5);
        set(*root, u"\u03b1\u03b2", REG_BINARY, 3000);
        set(*root, u"segments", REG_BINARY, 3 * 16344 + 5);
        set(*root, u"segment", REG_BINARY, 16344);
        set(*root, u"more", REG_BINARY, 16345);
        set(*root, std::u16string(16383, u'n'), REG_BINARY, 3);
        set(*root, std::u16string(500, u'n'), REG_BINARY, 3);
        Ref<Key> a = MUST(root->add(u"a", u"class", false));
        MUST(MUST(a->add(u"link", {}, false))->add(u"\u0416", u"", false))->make_link();
        MUST(root->add(u"gone", {}, true));
        for (int i = 0; i < 40; ++i)
            MUST(root->add(std::u16string{u'k', static_cast<char16_t>(u'A' + i % 20),
                                          static_cast<char16_t>(u'0' + i / 20)},
                           {}, false));
        return root;
    }

    size_t before() const { return before_; }

private:
    size_t used_, before_;
};

}  // namespace
