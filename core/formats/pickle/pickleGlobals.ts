/**
 * Globals of a pickle that no constructor of ours stands for: which may stay inert names beside the weights, and which
 * are refused.
 */
import { hostile } from './pickleScalars.ts';
import { constructor, ForeignValue, type Constructor } from './pickleValues.ts';

/** Modules and functions that run commands, touch files or import code: no checkpoint has a use for them. */
const RUNS_CODE = new RegExp(
  [
    '^(os|posix|posixpath|nt|ntpath|sys|subprocess|popen2|commands|pty|shutil|socket|urllib|http|requests|webbrowser',
    '|importlib|runpy|pkgutil|imp|code|codeop|pdb|bdb|timeit|trace|profile|cProfile|doctest|ctypes|cffi|multiprocessing',
    '|asyncio|threading|signal|tempfile|io|_io|pickle|_pickle|dill|cloudpickle|joblib|marshal|operator|_operator|pip',
    '|setuptools|distutils|torch\\.(hub|jit|package))(\\.|$)',
    '|^(builtins|__builtin__)\\.(eval|exec|execfile|compile|open|getattr|setattr|delattr|__import__|apply|input',
    '|breakpoint|globals|locals|vars|map|filter)$',
  ].join(''),
);
/** What only a whole network or another kind of tensor needs: left inert, weights would be missing without a reason. */
const HOLDS_WEIGHTS = new RegExp(
  [
    '^torch\\.(_utils|_tensor|sparse|ao|quantization|storage|nn\\.parameter)\\b',
    '|^torch\\.nn\\.modules\\.(conv|linear|batchnorm|container|module)\\b',
    '|^numpy\\.(?!random\\b|dtypes\\b)',
  ].join(''),
);

/**
 * A stand-in that makes an inert value of whatever it is given.
 * @throws {StudioError} weights.hostile: a global that runs something, or that weights would be missing without
 */
export function foreignGlobal(name: string): Constructor {
  if (RUNS_CODE.test(name) || HOLDS_WEIGHTS.test(name)) throw hostile(name);
  return constructor(name, () => new ForeignValue(name));
}
