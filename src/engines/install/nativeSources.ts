/**
 * Source of a small addon beside the binding. In a worker thread `process.env` is a copy that TensorFlow never sees, so that
 * the number of its threads could not be set from there. `set` leaves alone what is set already, and returns the value that holds.
 */
export const environmentAddonSource = `
#include <dlfcn.h>
#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <string>

static std::string text(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string result(length + 1, '\\0');
  napi_get_value_string_utf8(env, value, &result[0], length + 1, &length);
  result.resize(length);
  return result;
}

static napi_value set(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count < 2) {
    napi_throw_error(env, nullptr, "set(name, value)");
    return nullptr;
  }
  const std::string name = text(env, arguments[0]);
  setenv(name.c_str(), text(env, arguments[1]).c_str(), 0);
  const char *value = getenv(name.c_str());
  napi_value result;
  napi_create_string_utf8(env, value ? value : "", NAPI_AUTO_LENGTH, &result);
  return result;
}

// load(library): loads TensorFlow's lower library. While it starts, before its level of logging can be set, it prints two
// lines about itself. What stderr gets in that moment is held back and printed after it, without those two.
static napi_value load(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1) {
    napi_throw_error(env, nullptr, "load(library)");
    return nullptr;
  }
  FILE *held = tmpfile();
  const int former = held ? dup(2) : -1;
  if (former >= 0) dup2(fileno(held), 2);
  void *library = dlopen(text(env, argument).c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string reason = library ? "" : dlerror();
  if (former >= 0) {
    dup2(former, 2);
    close(former);
    rewind(held);
    char line[4096];
    while (fgets(line, sizeof line, held)) {
      if (!strstr(line, "absl::InitializeLog()") && !strstr(line, "oneDNN custom operations are on")) fputs(line, stderr);
    }
  }
  if (held) fclose(held);
  if (!library) napi_throw_error(env, nullptr, reason.c_str());
  return nullptr;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "set", NAPI_AUTO_LENGTH, set, nullptr, &function);
  napi_set_named_property(env, exports, "set", function);
  napi_create_function(env, "load", NAPI_AUTO_LENGTH, load, nullptr, &function);
  napi_set_named_property(env, exports, "load", function);
  return exports;
}

NAPI_MODULE(nas_distill_environment, init)
`;

/** Stand-in for the packages that tfjs-node's files require: all of it is tfjs-core, which nas-distill has loaded. */
export const tfjsStandInSource = `'use strict';
module.exports = globalThis[Symbol.for('nas-distill/tfjs')];
`;

/** In place of generated code that tfjs-node uses only to read SavedModels, which would need another package. */
export const protoStandInSource = `'use strict';
module.exports = {};
`;
