/** TensorFlow's element types that weights come in. Numbers: types.proto. */
import type { DType } from '../formats/dtype.ts';

/** By TensorFlow's number. */
export const TF_DTYPES: ReadonlyMap<number, DType> = new Map<number, DType>([
  [1, 'f32'],
  [2, 'f64'],
  [3, 'i32'],
  [4, 'u8'],
  [5, 'i16'],
  [6, 'i8'],
  [9, 'i64'],
  [10, 'bool'],
  [14, 'bf16'],
  [17, 'u16'],
  [19, 'f16'],
  [22, 'u32'],
  [23, 'u64'],
]);
