"""Makes the ONNX text teacher of the tests and what Hugging Face's own code answers: python makeText.py (torch, onnx,
onnxscript, transformers, tokenizers).

bert.onnx: a tiny BertForSequenceClassification: input_ids, attention_mask, token_type_ids (INT64, open batch and length).
roberta.onnx: a tiny RobertaForSequenceClassification: input_ids, attention_mask; its padding has the id 1.
bert-tokenizer.json, roberta-tokenizer.json: a WordPiece and a byte-level BPE tokenizer, with marks around each text.
text-golden.json: texts, their ids as the tokenizers library pads them, logits and the last hidden state.
"""

# Then: node test/goldens/onnx/strip.mjs
import json
import pathlib

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

here = pathlib.Path(__file__).parent
length = 12
texts = [
    "a bird that sings at night",
    "the act of running",
    "A small, grey animal!",
    "running water and a big stone near the river, far away from the old town",
]


def word_piece():
    words = "a bird that sing ##s at night the act of run ##ning small , grey animal ! water and big stone near river".split()
    vocab = {token: i for i, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def byte_pairs():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(vocab_size=120, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def export(name, model, inputs, path):
    names = list(inputs)
    open_axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        model,
        kwargs=inputs,
        f=path,
        input_names=names,
        output_names=["logits"],
        dynamic_shapes={key: open_axes for key in names},
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def answers(model, tokenizer, pad, keys):
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(length=length, pad_id=pad, pad_token=tokenizer.id_to_token(pad))
    encoded = tokenizer.encode_batch(texts)
    ids = torch.tensor([text.ids for text in encoded])
    mask = torch.tensor([text.attention_mask for text in encoded])
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    inputs = {key: inputs[key] for key in keys}
    with torch.no_grad():
        out = model(**inputs, output_hidden_states=True)
    listed = lambda t: {"shape": list(t.shape), "data": t.flatten().tolist()}
    golden = {"ids": listed(ids), "logits": listed(out.logits), "hidden": listed(out.hidden_states[-1])}
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return inputs, golden


def main():
    torch.manual_seed(11)
    shared = {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 16,
        "num_labels": 3,
        "initializer_range": 0.6,
        "attn_implementation": "eager",
    }
    golden = {"texts": texts, "length": length}
    tokenizer = word_piece()
    config = BertConfig(vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=16, **shared)
    model = BertForSequenceClassification(config).eval()
    inputs, golden["bert"] = answers(model, tokenizer, 0, ["input_ids", "attention_mask", "token_type_ids"])
    export("bert", model, inputs, here / "bert.onnx")
    tokenizer.save(str(here / "bert-tokenizer.json"), pretty=False)

    tokenizer = byte_pairs()
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=16, pad_token_id=1, type_vocab_size=1, **shared
    )
    model = RobertaForSequenceClassification(config).eval()
    inputs, golden["roberta"] = answers(model, tokenizer, 1, ["input_ids", "attention_mask"])
    export("roberta", model, inputs, here / "roberta.onnx")
    tokenizer.save(str(here / "roberta-tokenizer.json"), pretty=False)
    (here / "text-golden.json").write_text(json.dumps(golden) + "\n")


main()
