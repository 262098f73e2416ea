/**
 * Imported before an engine is opened: TensorFlow computes with one thread in this process. Narrow networks are too
 * small to share, and other test files use the other cores.
 */
process.env['TF_NUM_INTRAOP_THREADS'] = '1';
