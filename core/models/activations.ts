/**
 * The activations that networks are written with. A new one is a row here and its formula in engine/ops/activations.ts,
 * which the compiler asks for; gradients, WebAssembly and the exports follow from the ops of the formula.
 */
interface ActivationFacts {
  /** Values an element that the backward pass reads again; for the estimate of memory. */
  readonly kept: number;
}

export const ACTIVATIONS = {
  relu: { kept: 1 },
  /** min(max(x, 0), 6) */
  relu6: { kept: 1 },
  sigmoid: { kept: 1 },
  /** x · sigmoid(x), also called swish (Ramachandran et al. 2017, arXiv:1710.05941). */
  silu: { kept: 2 },
  /** relu6(x + 3) / 6 (Howard et al. 2019, arXiv:1905.02244). */
  hardSigmoid: { kept: 1 },
  /** x · relu6(x + 3) / 6 (the same). */
  hardSwish: { kept: 2 },
  /** x · Φ(x), by the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
  gelu: { kept: 3 },
  /** The same by a hyperbolic tangent: x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  geluTanh: { kept: 4 },
} as const satisfies Readonly<Record<string, ActivationFacts>>;

export type Activation = keyof typeof ACTIVATIONS;

export function isActivation(kind: string): kind is Activation {
  return kind in ACTIVATIONS;
}
