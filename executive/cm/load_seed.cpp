// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/cm.hpp"
#include "executive/cm/seed.hpp"
#include "executive/hal/log.hpp"

namespace cm {

namespace {

class RegistrySink final : public SeedSink {
public:
    Result<void> open_key(std::u16string_view path) override {
        key_ = TRY(create_key(path));
        return {};
    }
    Result<void> delete_key(std::u16string_view path) override {
        Ref<Key> key = TRY(cm::open_key(path));
        return key->remove();
    }
    Result<void> set_value(std::u16string_view name, uint32_t type, std::span<const uint8_t> data) override {
        return key_->set_value(name, type, data);
    }
    Result<void> delete_value(std::u16string_view name) override { return key_->remove_value(name); }
    void bad_line(uint32_t line, std::string_view why) override {
        log.error("registry seed, line {}: {}", line, why);
    }

private:
    Ref<Key> key_;
};

}  // namespace

size_t load_seed(std::string_view text) {
    RegistrySink sink;
    size_t bad = parse_seed(text, sink);
    log.info("registry seed: {} bytes, {} bad lines", text.size(), bad);
    return bad;
}

}  // namespace cm
