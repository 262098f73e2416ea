/** The most probable classes of images, without keeping all probabilities. */

export interface TopClasses {
  /** Classes kept of each image. */
  readonly shown: number;
  /** Highest probability first, equal ones in class order, `[images, shown]`. */
  readonly classes: Int32Array;
  readonly probabilities: Float32Array;
}

export interface ProbableClass {
  readonly classIndex: number;
  readonly probability: number;
}

/** @param probabilities `[images, classes]` */
export function topClasses(probabilities: Float32Array, classes: number, most: number): TopClasses {
  const shown = Math.min(most, classes);
  const images = classes > 0 ? probabilities.length / classes : 0;
  const top = { shown, classes: new Int32Array(images * shown), probabilities: new Float32Array(images * shown) };
  for (let image = 0; image < images; image++)
    fill(top, probabilities.subarray(image * classes, (image + 1) * classes), image * shown);
  return top;
}

export function topClassesOf({ shown, classes, probabilities }: TopClasses, image: number): ProbableClass[] {
  return Array.from({ length: shown }, (_, place) => ({
    classIndex: classes[image * shown + place]!,
    probability: probabilities[image * shown + place]!,
  }));
}

function fill({ shown, classes, probabilities }: TopClasses, row: Float32Array, at: number): void {
  let filled = 0;
  for (let c = 0; c < row.length; c++) {
    const p = row[c]!;
    if (filled === shown && p <= probabilities[at + shown - 1]!) continue;
    let place = filled < shown ? filled++ : shown - 1;
    while (place > 0 && probabilities[at + place - 1]! < p) {
      probabilities[at + place] = probabilities[at + place - 1]!;
      classes[at + place] = classes[at + place - 1]!;
      place--;
    }
    probabilities[at + place] = p;
    classes[at + place] = c;
  }
}
