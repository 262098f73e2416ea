"""Writes test/fixtures/models/zoo-digest.json from the tables read out of the published deploy files, one JSON a network.
python build/goldens/zoo_digest.py FOLDER     (FOLDER holds <published name>.json: convs, pools, fc, params, macs)

{ "<published name>": {
    "size": side of the input, "learnable": conv + bias + dense + gamma and beta, "statistics": moving means and variances, "multiplyAdds": conv + dense,
    "convs": [[name, in, out, kernelHeight, kernelWidth, stride, padHeight, padWidth, groups, bias, inputSize, outputSize], …] in file order ("/" in names is "_"),
    "dense": [[name, in, out], …],
    "pools": [[kind, kernel, stride, padding, inputSize, outputSize], …]      without the global ones } }
"""
import json
import sys
from pathlib import Path

SKIPPED = {"extra-inception-v2", "extra-vgg16-tf"}


def digest(table):
    convs = [[c[0].replace("/", "_"), c[1], c[2], c[3], c[4], c[5], c[7], c[8], c[10], c[11], c[12], c[14]] for c in table["convs"]]
    assert all(c[5] == c[6] and c[9] == 1 and c[12] == c[13] and c[14] == c[15] for c in table["convs"])
    pools = [[p[1], p[2][0], p[3][0], p[4][0], p[6][0], p[7][0]] for p in table["pools"] if p[2] != "global" and p[7][0] != 1]
    return {
        "size": table["input_size"],
        "learnable": table["params"]["total_learnable"],
        # Caffe keeps one moving-average factor a BatchNorm beside mean and variance
        "statistics": table["bn_statistics"] - table["layer_counts"].get("BatchNorm", 0),
        "multiplyAdds": table["macs"]["total"],
        "convs": convs,
        "dense": [[f["name"].replace("/", "_"), f["in"], f["out"]] for f in table["fc"]],
        "pools": pools,
    }


def main():
    folder = Path(sys.argv[1])
    digests = {}
    for file in sorted(folder.glob("*.json")):
        if file.stem not in SKIPPED:
            digests[file.stem] = digest(json.loads(file.read_text()))
    target = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "zoo-digest.json"
    lines = ",\n".join(f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in digests.items())
    target.write_text("{\n" + lines + "\n}\n")
    print(target.name, target.stat().st_size, "bytes,", len(digests), "networks")


if __name__ == "__main__":
    main()
