"""Makes the SavedModel teachers of the tests and what TensorFlow answers: python make.py (tensorflow).

image: images [batch, 8, 8, 3] to `logits` and the feature maps `grid`. text: INT64 ids and mask to `logits`.
writes: as image, but it writes a file whenever it answers. golden.json: inputs and answers.
"""

import json
import os
import pathlib
import shutil

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

here = pathlib.Path(__file__).parent
random = tf.random.Generator.from_seed(5)
variable = lambda *shape: tf.Variable(random.normal(shape, stddev=0.4))


class Image(tf.Module):
    def __init__(self, writes=False):
        super().__init__()
        self.filters, self.bias, self.head = variable(3, 3, 3, 4), variable(4), variable(4, 3)
        self.writes = writes

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32, name="image")])
    def serve(self, image):
        grid = tf.nn.relu(tf.nn.conv2d(image, self.filters, 2, "SAME") + self.bias)
        if self.writes:
            tf.io.write_file("written-by-a-model.txt", "x")
        return {"logits": tf.reduce_mean(grid, [1, 2]) @ self.head, "grid": grid}


class Text(tf.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = variable(20, 6), variable(6, 3)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int64, name="input_ids"),
            tf.TensorSpec([None, None], tf.int64, name="attention_mask"),
        ]
    )
    def serve(self, input_ids, attention_mask):
        mask = tf.cast(attention_mask, tf.float32)[:, :, None]
        words = tf.gather(self.table, input_ids) * mask
        return {"logits": tf.tanh(tf.reduce_sum(words, 1) / tf.reduce_sum(mask, 1)) @ self.head}


def save(name, module):
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    (folder / "fingerprint.pb").unlink(missing_ok=True)


def listed(tensor):
    return {"shape": list(tensor.shape), "data": tensor.numpy().flatten().tolist()}


def main():
    image_model, text_model = Image(), Text()
    save("image", image_model)
    save("text", text_model)
    save("writes", Image(writes=True))
    image = random.normal([3, 8, 8, 3])
    ids = tf.constant([[3, 5, 19, 0, 0], [1, 2, 3, 4, 5]], tf.int64)
    answers = image_model.serve(image)
    golden = {
        "image": listed(image),
        "logits": listed(answers["logits"]),
        "grid": listed(answers["grid"]),
        "ids": listed(ids),
        "text": listed(text_model.serve(ids, tf.cast(ids != 0, tf.int64))["logits"]),
    }
    (here / "golden.json").write_text(json.dumps(golden) + "\n")


main()
