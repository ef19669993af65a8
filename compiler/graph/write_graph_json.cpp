#include <fmt/format.h>

#include "compiler/graph/graph.hpp"

namespace fts::graph {

namespace {

// Names have no control characters; a model's name and a type may.
void quote(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void shape_and_dtype(std::string& out, std::span<const std::int64_t> shape, DType dtype) {
  out += ",\"shape\":[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ",", shape[i]);
  out += "],\"dtype\":\"";
  out += safetensors_name(dtype);
  out += '"';
}

void write(std::string& out, const Module& module, bool with_type) {
  out += "{\"name\":";
  quote(out, module.name);
  if (with_type) {
    out += ",\"type\":";
    quote(out, module.type);
  }
  out += '}';
}

void write(std::string& out, const Parameter& parameter, const ParamGraph& graph) {
  out += "{\"name\":";
  quote(out, parameter.name);
  if (parameter.shape_known) shape_and_dtype(out, parameter.shape, parameter.dtype);
  out += parameter.requires_grad ? ",\"requires_grad\":true" : ",\"requires_grad\":false";
  if (parameter.tied_to != kNone) {
    out += ",\"tied_to\":";
    quote(out, graph.parameter(parameter.tied_to).name);
  }
  out += '}';
}

void write(std::string& out, const Buffer& buffer) {
  out += "{\"name\":";
  quote(out, buffer.name);
  if (buffer.shape_known) shape_and_dtype(out, buffer.shape, buffer.dtype);
  out += buffer.persistent ? ",\"persistent\":true}" : ",\"persistent\":false}";
}

// One record a line; an empty list stays on its line.
template <typename Record>
void list(std::string& out, std::string_view key, std::size_t count, Record&& record) {
  fmt::format_to(std::back_inserter(out), "\"{}\":[", key);
  for (std::size_t i = 0; i < count; ++i) {
    out += i == 0 ? "\n" : ",\n";
    record(i);
  }
  out += count == 0 ? "]" : "\n]";
}

}  // namespace

std::string to_json(const ParamGraph& graph) {
  std::string out = "{\"format\":\"fts-param-graph\",\"version\":1,\"model\":";
  quote(out, graph.model());
  out += ",\n";
  list(out, "modules", graph.module_count(),
       [&](std::size_t i) { write(out, graph.module(static_cast<ModuleId>(i)), graph.has_types()); });
  out += ",\n";
  list(out, "parameters", graph.parameter_count(),
       [&](std::size_t i) { write(out, graph.parameter(static_cast<ParamId>(i)), graph); });
  out += ",\n";
  list(out, "buffers", graph.buffer_names().size(), [&](std::size_t i) { write(out, graph.buffer(i)); });
  out += "}\n";
  return out;
}

}  // namespace fts::graph
