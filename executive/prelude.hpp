// SPDX-License-Identifier: GPL-3.0-only
//
// Every component of the Executive sees the toolkit's names as its own.
#pragma once

namespace base {}
namespace hal {
using namespace base;
}
namespace ke {
using namespace base;
}
namespace se {
using namespace base;
}
namespace ob {
using namespace base;
}
namespace mm {
using namespace base;
}
namespace ps {
using namespace base;
}
namespace lpc {
using namespace base;
}
namespace cm {
using namespace base;
}
namespace ex {
using namespace base;
}
namespace io {
using namespace base;
}
namespace pnp {
using namespace base;
}
