// After make.py and makeText.py: takes out of its models where each node was written in Python, so that they hold no path of the machine.
import { readFileSync, writeFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';

const { ModelProto } = onnxProto.onnx;
for (const name of ['cnn', 'external', 'fixed', 'bert', 'roberta']) {
  const file = new URL(`${name}.onnx`, import.meta.url);
  const model = ModelProto.decode(readFileSync(file));
  for (const holder of [model, model.graph, ...model.graph.node, ...model.graph.valueInfo, ...model.graph.input, ...model.graph.output]) {
    holder.metadataProps = [];
    holder.docString = '';
  }
  writeFileSync(file, ModelProto.encode(model).finish());
}
