#include "compiler/graph/param_graph.hpp"

#include "compiler/graph/graph_data.hpp"

namespace fts::graph {

ParamGraph::ParamGraph(std::unique_ptr<Data> data) : data_(std::move(data)) {}
ParamGraph::ParamGraph(ParamGraph&&) noexcept = default;
ParamGraph& ParamGraph::operator=(ParamGraph&&) noexcept = default;
ParamGraph::~ParamGraph() = default;

std::string_view ParamGraph::model() const { return data_->model; }
std::size_t ParamGraph::parameter_count() const { return data_->parameters.size(); }
std::size_t ParamGraph::module_count() const { return data_->modules.size(); }
std::span<const std::string_view> ParamGraph::buffer_names() const { return data_->buffer_names; }
bool ParamGraph::has_types() const { return data_->has_types; }
bool ParamGraph::has_shapes() const { return data_->has_shapes; }

Parameter ParamGraph::parameter(ParamId id) const {
  FTS_CHECK(id < data_->parameters.size());
  const auto& r = data_->parameters[id];
  return {.name = data_->name_of(r),
          .shape = data_->shape_of(r.shape),
          .dtype = r.dtype,
          .shape_known = r.shape != kNone,
          .requires_grad = (r.flags & Data::kRequiresGrad) != 0,
          .tied_to = r.tied_to,
          .module = r.module,
          .numel = data_->numel_of(r.shape)};
}

Module ParamGraph::module(ModuleId id) const {
  FTS_CHECK(id < data_->modules.size());
  const auto& r = data_->modules[id];
  return {.name = data_->name_of(r), .type = data_->names.get(data_->types[r.type]), .parent = r.parent};
}

std::string_view ParamGraph::parameter_name(ParamId id) const { return data_->name_of(data_->parameters[id]); }
std::string_view ParamGraph::module_name(ModuleId id) const { return data_->name_of(data_->modules[id]); }
std::span<const ParamId> ParamGraph::tied() const { return data_->tied; }

ParamGraph::Likeness ParamGraph::parameter_likeness(ParamId id) const {
  const auto& r = data_->parameters[id];
  const auto facts = static_cast<std::uint32_t>(r.dtype) << 16 | std::uint32_t{r.flags} << 1 |
                     static_cast<std::uint32_t>(data_->in_tie[id]);
  return {r.shape, data_->modules[r.module].type, facts};
}
ParamGraph::Likeness ParamGraph::module_likeness(ModuleId id) const { return {data_->modules[id].type, 0, 0}; }

Buffer ParamGraph::buffer(std::size_t index) const {
  FTS_CHECK(index < data_->buffers.size());
  const auto& r = data_->buffers[index];
  return {.name = data_->name_of(r),
          .shape = data_->shape_of(r.shape),
          .dtype = r.dtype,
          .shape_known = r.shape != kNone,
          .persistent = (r.flags & Data::kPersistent) != 0,
          .numel = data_->numel_of(r.shape)};
}

std::optional<ParamId> ParamGraph::find_parameter(std::string_view name) const {
  const ParamId id = data_->find(Data::kParameter, name);
  if (id == kNone) return std::nullopt;
  return id;
}

std::optional<ModuleId> ParamGraph::find_module(std::string_view name) const {
  const ModuleId id = data_->find(Data::kModule, name);
  if (id == kNone) return std::nullopt;
  return id;
}

std::size_t ParamGraph::memory() const {
  const Data& d = *data_;
  // What vectors have kept free behind their ends has never been touched.
  return d.names.memory() + d.modules.size() * sizeof(Data::ModuleRecord) +
         (d.parameters.size() + d.buffers.size()) * sizeof(Data::TensorRecord) +
         d.shapes.capacity() * sizeof(Data::ShapeRecord) + d.sizes.capacity() * sizeof(std::int64_t) +
         d.types.capacity() * sizeof(NameRef) + d.buffer_names.capacity() * sizeof(std::string_view) +
         d.index.memory() + d.tied.capacity() * sizeof(ParamId) + d.in_tie.capacity() / 8;
}

}  // namespace fts::graph
