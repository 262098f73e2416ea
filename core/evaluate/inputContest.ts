/**
 * Which of several ways to feed the same pictures is right? Counts as they come in; what is clearly worse drops out;
 * the verdict.
 */
import type { InputSpec } from '../../contract/inputSpec.ts';
import type { SelfCheck, SelfCheckRow } from '../../contract/weights/weights.ts';
import { checkLabelOrder } from './labelOrder.ts';
import { wilsonInterval } from '../../pure/statistics/wilson.ts';
import { probabilityMetrics } from './metrics.ts';
import { mcNemarExact, pairedCounts } from './pairedComparison.ts';
import type { PlausibleInput } from './protocols/plausibleInputs.ts';
import { topClass } from './vote.ts';

/** Two ways are told apart when a difference this large comes by chance less often. */
const SIGNIFICANT = 0.05;
/** Far stricter, as it is asked again and again: a way drops out. */
const HOPELESS = 1e-6;
/** Pictures before the first way can drop out; asked again at each doubling. */
const FIRST_LOOK = 200;

class Contender {
  readonly name: string;
  readonly input: InputSpec;
  readonly declared: boolean;
  readonly decisions: number[] = [];
  #labelled = 0;
  #correct = 0;
  #loss = 0;

  constructor({ name, input, declared }: PlausibleInput) {
    this.name = name;
    this.input = input;
    this.declared = declared;
  }

  add(probabilities: Float32Array, labels: readonly number[], classes: number): void {
    const { labelled, top1, logLoss } = probabilityMetrics(probabilities, labels, classes);
    this.#labelled += labelled;
    this.#correct += top1.correct;
    this.#loss += (logLoss ?? 0) * labelled;
    for (const decision of topClass(probabilities, classes)) this.decisions.push(decision);
  }

  row(): SelfCheckRow {
    const total = this.#labelled;
    const correct = this.#correct;
    const none = total === 0;
    return {
      name: this.name,
      input: this.input,
      correct,
      total,
      accuracy: none ? 0 : correct / total,
      interval: none ? { low: 0, high: 1 } : wilsonInterval(correct, total),
      loss: none ? 0 : this.#loss / total,
    };
  }
}

/** Feed every picture in each of the `open` ways, give `add` the probabilities, then `looked`; in the end `verdict`. */
export class InputContest {
  readonly #classes: number;
  readonly #labels: number[] = [];
  #open: Contender[];
  readonly #dropped: Contender[] = [];
  #nextLook = FIRST_LOOK;

  constructor(inputs: readonly PlausibleInput[], classes: number) {
    this.#open = inputs.map((input) => new Contender(input));
    this.#classes = classes;
  }

  get open(): readonly {
    readonly input: InputSpec;
    add(probabilities: Float32Array, labels: readonly number[], classes: number): void;
  }[] {
    return this.#open;
  }

  /** All open ways have seen pictures with these labels (−1: none). */
  looked(labels: readonly number[]): void {
    for (const label of labels) this.#labels.push(label);
    if (this.#labels.length < this.#nextLook) return;
    this.#nextLook = this.#labels.length * 2;
    const [best, ...others] = ranked(this.#open) as [Contender, ...Contender[]];
    const { interval } = best.row();
    // While nothing is well above chance, classes in another order may make the right way look like the worst.
    const chance = 1 / this.#classes;
    if (interval.low < chance + (1 - chance) / 4) return;
    const hopeless = others.filter((one) => this.#chanceOfTie(best, one) < HOPELESS);
    this.#dropped.push(...hopeless);
    this.#open = this.#open.filter((one) => !hopeless.includes(one));
  }

  /**
   * The proposal is the best way; where the way that the weights declare is not worse by more than chance, it is that
   * one: a sample that cannot tell them apart is no reason to doubt what is documented.
   */
  verdict(): SelfCheck {
    const all = [...ranked(this.#open), ...ranked(this.#dropped)];
    const [best] = all as [Contender, ...Contender[]];
    const tied = this.#open.filter((one) => one !== best && this.#chanceOfTie(best, one) >= SIGNIFICANT);
    const proposed = tied.find(({ declared }) => declared) ?? best;
    const order = this.#labelOrder(all);
    return {
      rows: all.map((one) => one.row()),
      tied: ranked(tied).map(({ name }) => name),
      proposed: proposed.name,
      pictures: this.#labels.length,
      classes: this.#classes,
      labelOrder: order,
    };
  }

  #chanceOfTie(first: Contender, second: Contender): number {
    const { onlyFirst, onlySecond } = pairedCounts(first.decisions, second.decisions, this.#labels);
    return mcNemarExact(onlyFirst, onlySecond);
  }

  /** The way that another class order explains best; where none does, the best one's. */
  #labelOrder(all: readonly Contender[]): SelfCheck['labelOrder'] {
    const found = all.map(({ name, decisions }) => ({
      name,
      ...checkLabelOrder(decisions, this.#labels.slice(0, decisions.length), this.#classes),
    }));
    const { name, suspected, moved, checked, accuracy, agreement, pValue } =
      found.filter((one) => one.suspected).sort((a, b) => b.agreement - a.agreement)[0] ?? found[0]!;
    const beaten = suspected && agreement < (all[0]?.row().accuracy ?? 0);
    return { fedAs: name, suspected: suspected && !beaten, moved, checked, accuracy, agreement, pValue };
  }
}

function ranked(contenders: readonly Contender[]): Contender[] {
  return contenders
    .map((one) => ({ one, row: one.row() }))
    .sort((a, b) => b.row.accuracy - a.row.accuracy || a.row.loss - b.row.loss)
    .map(({ one }) => one);
}
