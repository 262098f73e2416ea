/** The formula of each activation, from ops that have a gradient, a WebAssembly form and a counterpart in ONNX. */
import type { Activation } from '../../models/activations.ts';
import type { Graph, GraphTensor } from '../graph.ts';
import { binary, cast, unary } from './arrays.ts';

type Formula = (g: Graph, x: GraphTensor) => GraphTensor;

const number = (g: Graph, x: GraphTensor, value: number): GraphTensor => cast(g, g.float(value), x.dtype);
const plus: (g: Graph, x: GraphTensor, value: number) => GraphTensor = (g, x, value) =>
  binary(g, 'AddV2', x, number(g, x, value));
const times: (g: Graph, x: GraphTensor, value: number) => GraphTensor = (g, x, value) =>
  binary(g, 'Mul', x, number(g, x, value));

const hardSigmoid: Formula = (g, x) => times(g, unary(g, 'Relu6', plus(g, x, 3)), 1 / 6);
/** x / 2 · (1 + t) */
const halved = (g: Graph, x: GraphTensor, t: GraphTensor): GraphTensor =>
  binary(g, 'Mul', times(g, x, 0.5), plus(g, t, 1));

export const ACTIVATION_FORMULAS: Readonly<Record<Activation, Formula>> = {
  relu: (g, x) => unary(g, 'Relu', x),
  relu6: (g, x) => unary(g, 'Relu6', x),
  sigmoid: (g, x) => unary(g, 'Sigmoid', x),
  silu: (g, x) => binary(g, 'Mul', x, unary(g, 'Sigmoid', x)),
  hardSigmoid,
  hardSwish: (g, x) => binary(g, 'Mul', x, hardSigmoid(g, x)),
  gelu: (g, x) => halved(g, x, unary(g, 'Erf', times(g, x, Math.SQRT1_2))),
  geluTanh: (g, x) => {
    const cube = binary(g, 'Mul', unary(g, 'Square', x), x);
    const inner = binary(g, 'AddV2', x, times(g, cube, 0.044715));
    return halved(g, x, unary(g, 'Tanh', times(g, inner, Math.sqrt(2 / Math.PI))));
  },
};
