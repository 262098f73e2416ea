/** The network of tests that need some training: of few layers, since TensorFlow takes longer to prepare than to train it. */
export const LENET = { name: 'lenet', options: { widthFactor: 0.5, headWidth: 32 } } as const;
