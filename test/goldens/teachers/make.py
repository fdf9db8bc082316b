"""Makes the teachers of this folder: real Keras models, written by the real TF.js converter, and TensorFlow's answers.

Run in a throw-away environment (TensorFlow is no dependency of the project):

    python3.11 -m venv venv
    venv/bin/pip install tensorflow-cpu==2.15.1 'numpy<2' 'tensorflow_hub<0.17' 'setuptools<70' six packaging
    venv/bin/pip install --no-deps tensorflowjs==4.22.0
    venv/bin/python test/goldens/teachers/make.py

- graph/          GraphModel of a SavedModel: convolutions with batch normalisation and ReLU6, depthwise, logits
- graph-float16/  the same, weights quantised to float16 by the converter
- layers/         LayersModel of a Keras model: convolution, pooling, dropout, dense, softmax; weights in three shards
- golden.json     12 images (bytes) and what TensorFlow answers to them

Both learn three kinds of stripes (test/cli/stripes.ts draws the same kinds), their outputs in the order 2, 0, 1.
"""

import json
import os
import shutil
import sys
import tempfile
import types

# The converter imports decision forests and JAX at its top and needs them for no model of ours.
sys.modules["tensorflow_decision_forests"] = types.ModuleType("tensorflow_decision_forests")
sys.modules["tensorflowjs.converters.jax_conversion"] = types.SimpleNamespace(convert_jax=None)
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflowjs.converters import save_keras_model
from tensorflowjs.converters.tf_saved_model_conversion_v2 import convert_tf_saved_model

here = os.path.dirname(os.path.abspath(__file__))
size, mean, std, order = 12, 0.5, 0.25, [2, 0, 1]
L = keras.layers


def stripes(count, seed):
    """Upright, level and slanting stripes with noise: bytes [count, 12, 12, 1] and kinds 0, 1, 2."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    kinds = np.arange(count) % 3
    waves = np.stack([x, y, x + y])[kinds]
    pixels = np.where(waves % 4 < 2, 170, 40) + rng.integers(0, 60, waves.shape)
    return pixels.astype(np.uint8)[..., None], kinds


def normalised(pixels):
    return ((pixels.astype(np.float32) / 255 - mean) / std).astype(np.float32)


def graph_net():
    image = keras.Input((size, size, 1), name="image")
    x = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    x = L.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = L.ReLU(6.0)(L.BatchNormalization()(x))
    x = L.Conv2D(16, 1, use_bias=False)(x)
    x = L.BatchNormalization()(x)
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(image, L.Dense(3)(x))


def layers_net():
    image = keras.Input((size, size, 1), name="image")
    x = L.Conv2D(6, 3, activation="relu", name="edges")(image)
    x = L.MaxPooling2D(2)(x)
    x = L.Dropout(0.2)(L.Flatten()(x))
    return keras.Model(image, L.Dense(3, activation="softmax", name="answer")(x))


def fit(model, from_logits):
    pixels, kinds = stripes(600, 1)
    targets = np.array([order.index(kind) for kind in kinds])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(normalised(pixels), targets, epochs=12, batch_size=50, verbose=0)


def fresh(name):
    path = os.path.join(here, name)
    shutil.rmtree(path, ignore_errors=True)
    return path


keras.utils.set_random_seed(3)
graph, layers = graph_net(), layers_net()
fit(graph, True)
fit(layers, False)
with tempfile.TemporaryDirectory() as saved:
    tf.saved_model.save(graph, saved)
    convert_tf_saved_model(saved, fresh("graph"))
    convert_tf_saved_model(saved, fresh("graph-float16"), quantization_dtype_map={"float16": "*"})
save_keras_model(layers, fresh("layers"), weight_shard_size_bytes=800)

pixels, kinds = stripes(12, 7)
golden = {
    "pixels": [int(value) for value in pixels.ravel()],
    "kinds": [int(kind) for kind in kinds],
    "logits": graph.predict(normalised(pixels), verbose=0).tolist(),
    "probabilities": layers.predict(normalised(pixels), verbose=0).tolist(),
}
with open(os.path.join(here, "golden.json"), "w") as file:
    json.dump(golden, file)
    file.write("\n")
for name in ("logits", "probabilities"):
    right = np.mean([order[int(np.argmax(row))] == kind for row, kind in zip(golden[name], kinds)])
    print(name, "accuracy", right)
