/** The network of tests that need some training: of few layers, which TensorFlow prepares quickly. */
export const LENET = { name: 'lenet', options: { widthFactor: 0.5, headWidth: 32 } } as const;
