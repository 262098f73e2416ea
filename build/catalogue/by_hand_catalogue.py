"""Writes resources/catalogue/caffe-zoo.json and 3g-net.json: weights that lie on cloud drives, which only a person can
fetch. Sizes and figures are read in the read-mes of github.com/soeaver/caffe-model (cls/README.md) and
github.com/csqlwang/3G-Net.

python build/catalogue/by_hand_catalogue.py CAFFE_README THREE_G_README
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "resources"
ZOO = "https://github.com/soeaver/caffe-model"
THREE_G = "https://github.com/csqlwang/3G-Net"
NO_HASH = "the publisher states none; the file's own hash is kept once it is read"


def by_hand(page, name, where):
    steps = (f"Open the page, download {where}, and save it as {name} in a folder. Then run quorum weights fetch with the "
             "name of this entry and --from that folder.")
    return {"kind": "byHand", "page": page, "steps": steps,
            "files": [{"name": name, "sizeBytes": None, "hash": {"kind": "none", "reason": NO_HASH}}]}


def rows_of(readme, columns):
    """Cells of the lines that have so many of them, by what the first one says."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in readme.splitlines() if "|" in line]
    return {re.sub(r"<br/>.*", "", cells[0]): cells for cells in lines if len(cells) == columns}


def zoo(readme):
    figures, downloads = rows_of(readme, 5), rows_of(readme, 6)
    entries = []
    for project in ("imagenet-zoo-224", "imagenet-zoo-299"):
        crop, short = (224, 256) if project.endswith("224") else (299, 320)
        for row in json.loads((ROOT / "reproduction" / f"{project}.json").read_text())["rows"]:
            theirs = next((name for name in (row["id"], f"{row['id']}-priv") if name in figures), None)
            # a figure of a network trained on more data says nothing of the file without "extra" in its name
            link = downloads.get(row["id"], downloads.get(theirs))
            if theirs is None or link is None or "MB" not in link[3] + link[4]:
                continue
            megabytes = float(re.search(r"([\d.]+)MB", link[3]).group(1))
            top1, top5 = (100 - float(error) for error in figures[theirs][1].split("/"))
            entries.append(entry(
                f"{row['model'].removesuffix('.caffe')}.caffe", row["model"], f"{theirs}, ImageNet, Caffe zoo",
                round(megabytes * 2**20), crop,
                {"dataset": "ImageNet-1k val", "protocol": f"centre crop {crop} of short side {short}, OpenCV",
                 "crop": crop, "shortSide": short, "method": "opencv-linear",
                 "top1Pct": round(top1, 2), "top5Pct": round(top5, 2)},
                by_hand(f"{ZOO}/blob/master/cls/README.md", f"{row['id']}.caffemodel", f"{theirs} from a drive in its third table"),
                {"name": "MIT for the collection; most were converted from other projects", "page": f"{ZOO}/blob/master/LICENSE"},
                {"name": "MIT", "page": f"{ZOO}/blob/master/LICENSE"}, ZOO, None,
                {"classOrder": "ilsvrc2015"} if row["id"] == "inception-v3" else {}))
    return entries


def three_g(readme):
    entries = []
    places = False
    for line in readme.splitlines():
        places = places or "### Places365" in line
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not cells[0].startswith("3G-ResNet") or places:
            continue
        depth = cells[0].rsplit("-", 1)[-1]
        entries.append(entry(
            f"resnet{depth}_3g.csqlwang", f"resnet{depth}_3g", f"{cells[0]}, ImageNet, 3G-Net", None, 224,
            {"dataset": "ImageNet-1k val", "protocol": "centre crop 224 of short side 256", "crop": 224, "shortSide": 256,
             "method": "pillow-bilinear", "top1Pct": round(100 - float(cells[1]), 2), "top5Pct": round(100 - float(cells[2]), 2)},
            by_hand(f"{THREE_G}/blob/master/README.md", f"3g_resnet{depth}_ImageNet.pth.tar", f"{cells[0]} for ImageNet from a drive"),
            {"name": "No licence stated by the publisher", "page": None}, None, THREE_G,
            "https://openaccess.thecvf.com/content_CVPR_2019/html/Wang_Deep_Global_Generalized_Gaussian_Networks_CVPR_2019_paper.html", {}))
    return entries


def entry(name, model, title, size, side, figure, acquisition, licence, code, source, paper, more):
    return {"kind": "weights", "name": name, "title": title, "approximateBytes": size, "licence": licence,
            "codeLicence": code, "source": source, "paper": paper, "model": model, "options": {}, "size": side,
            "classes": 1000, "classList": "imagenet-1k", **more, "input": None, "published": [figure],
            "acquisition": acquisition}


def main(zoo_readme, three_g_readme):
    for path, family, entries in (
        ("caffe-zoo.json", "Caffe zoo of soeaver", zoo(pathlib.Path(zoo_readme).read_text())),
        ("3g-net.json", "3G-Net", three_g(pathlib.Path(three_g_readme).read_text())),
    ):
        (ROOT / "catalogue" / path).write_text(json.dumps({"family": family, "entries": entries}, indent=2) + "\n")
        for one in entries:
            print(path, one["name"], one["approximateBytes"], one["published"][0]["top1Pct"])


if __name__ == "__main__":
    main(*sys.argv[1:])
