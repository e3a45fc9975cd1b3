// SPDX-License-Identifier: GPL-3.0-only
//
// The model's requests as the Executive's access check takes them, and what that answers.
#pragma once

#include "executive/se/access_check.hpp"
#include "tests/host/security/model.hpp"

namespace test {

// "S-1-5-32-544" and the like.
base::Sid sid_of(const std::string& text);
// A GUID for the name of a part.
GUID guid_of(const std::string& name);
base::Ref<se::Token> token_of(const model::Token& token);
std::vector<uint8_t> descriptor_of(const model::Descriptor& descriptor);
// `entries`: how many the check looks at in each step.
std::vector<model::Answer> ask(const model::Request& request, unsigned entries);

}  // namespace test
