/** What to cite: the papers of the networks and data sets, by the address that their cards give. */

interface Paper {
  readonly key: string;
  readonly authors: string;
  readonly title: string;
  readonly year: number;
  /** Where it appeared, if not on arXiv alone. */
  readonly venue?: string;
}

const arXiv = (id: string): string => `https://arxiv.org/abs/${id}`;

type Row = readonly [id: string, key: string, year: number, authors: string, title: string, venue?: string];

const ON_ARXIV: readonly Row[] = [
  [
    '1502.03167',
    'ioffe2015batch',
    2015,
    'Ioffe, Sergey and Szegedy, Christian',
    'Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift',
    'ICML',
  ],
  [
    '1612.01452',
    'simon2016imagenet',
    2016,
    'Simon, Marcel and Rodner, Erik and Denzler, Joachim',
    'ImageNet pre-trained models with batch normalization',
  ],
  [
    '1409.1556',
    'simonyan2015vgg',
    2015,
    'Simonyan, Karen and Zisserman, Andrew',
    'Very Deep Convolutional Networks for Large-Scale Image Recognition',
    'ICLR',
  ],
  [
    '1802.05957',
    'miyato2018spectral',
    2018,
    'Miyato, Takeru and Kataoka, Toshiki and Koyama, Masanori and Yoshida, Yuichi',
    'Spectral Normalization for Generative Adversarial Networks',
    'ICLR',
  ],
  [
    '1512.03385',
    'he2016resnet',
    2016,
    'He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian',
    'Deep Residual Learning for Image Recognition',
    'CVPR',
  ],
  [
    '1611.05431',
    'xie2017resnext',
    2017,
    'Xie, Saining and Girshick, Ross and Dollár, Piotr and Tu, Zhuowen and He, Kaiming',
    'Aggregated Residual Transformations for Deep Neural Networks',
    'CVPR',
  ],
  ['1605.07146', 'zagoruyko2016wide', 2016, 'Zagoruyko, Sergey and Komodakis, Nikos', 'Wide Residual Networks', 'BMVC'],
  [
    '1812.01187',
    'he2019tricks',
    2019,
    'He, Tong and Zhang, Zhi and Zhang, Hang and Zhang, Zhongyue and Xie, Junyuan and Li, Mu',
    'Bag of Tricks for Image Classification with Convolutional Neural Networks',
    'CVPR',
  ],
  [
    '1603.05027',
    'he2016identity',
    2016,
    'He, Kaiming and Zhang, Xiangyu and Ren, Shaoqing and Sun, Jian',
    'Identity Mappings in Deep Residual Networks',
    'ECCV',
  ],
  [
    '1611.10080',
    'wu2019wider',
    2019,
    'Wu, Zifeng and Shen, Chunhua and van den Hengel, Anton',
    'Wider or Deeper: Revisiting the ResNet Model for Visual Recognition',
    'Pattern Recognition',
  ],
  [
    '1512.00567',
    'szegedy2016rethinking',
    2016,
    'Szegedy, Christian and Vanhoucke, Vincent and Ioffe, Sergey and Shlens, Jonathon and Wojna, Zbigniew',
    'Rethinking the Inception Architecture for Computer Vision',
    'CVPR',
  ],
  [
    '1602.07261',
    'szegedy2017inceptionv4',
    2017,
    'Szegedy, Christian and Ioffe, Sergey and Vanhoucke, Vincent and Alemi, Alex',
    'Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning',
    'AAAI',
  ],
  [
    '1610.02357',
    'chollet2017xception',
    2017,
    'Chollet, François',
    'Xception: Deep Learning with Depthwise Separable Convolutions',
    'CVPR',
  ],
  [
    '1707.01629',
    'chen2017dpn',
    2017,
    'Chen, Yunpeng and Li, Jianan and Xiao, Huaxin and Jin, Xiaojie and Yan, Shuicheng and Feng, Jiashi',
    'Dual Path Networks',
    'NeurIPS',
  ],
  [
    '1709.01507',
    'hu2018senet',
    2018,
    'Hu, Jie and Shen, Li and Albanie, Samuel and Sun, Gang and Wu, Enhua',
    'Squeeze-and-Excitation Networks',
    'CVPR',
  ],
  [
    '1712.01034',
    'li2018isqrt',
    2018,
    'Li, Peihua and Xie, Jiangtao and Wang, Qilong and Gao, Zilin',
    'Towards Faster Training of Global Covariance Pooling Networks by Iterative Matrix Square Root Normalization',
    'CVPR',
  ],
  [
    '1905.11946',
    'tan2019efficientnet',
    2019,
    'Tan, Mingxing and Le, Quoc V.',
    'EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks',
    'ICML',
  ],
  [
    '2104.00298',
    'tan2021efficientnetv2',
    2021,
    'Tan, Mingxing and Le, Quoc V.',
    'EfficientNetV2: Smaller Models and Faster Training',
    'ICML',
  ],
  [
    '1801.04381',
    'sandler2018mobilenetv2',
    2018,
    'Sandler, Mark and Howard, Andrew and Zhu, Menglong and Zhmoginov, Andrey and Chen, Liang-Chieh',
    'MobileNetV2: Inverted Residuals and Linear Bottlenecks',
    'CVPR',
  ],
  ['1905.02244', 'howard2019mobilenetv3', 2019, 'Howard, Andrew and others', 'Searching for MobileNetV3', 'ICCV'],
  [
    '1807.11626',
    'tan2019mnasnet',
    2019,
    'Tan, Mingxing and Chen, Bo and Pang, Ruoming and Vasudevan, Vijay and Sandler, Mark and Howard, Andrew and Le, Quoc V.',
    'MnasNet: Platform-Aware Neural Architecture Search for Mobile',
    'CVPR',
  ],
  [
    '1807.11164',
    'ma2018shufflenetv2',
    2018,
    'Ma, Ningning and Zhang, Xiangyu and Zheng, Hai-Tao and Sun, Jian',
    'ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design',
    'ECCV',
  ],
  [
    '1608.06993',
    'huang2017densenet',
    2017,
    'Huang, Gao and Liu, Zhuang and van der Maaten, Laurens and Weinberger, Kilian Q.',
    'Densely Connected Convolutional Networks',
    'CVPR',
  ],
  [
    '2003.13678',
    'radosavovic2020regnet',
    2020,
    'Radosavovic, Ilija and Kosaraju, Raj Prateek and Girshick, Ross and He, Kaiming and Dollár, Piotr',
    'Designing Network Design Spaces',
    'CVPR',
  ],
  [
    '2201.03545',
    'liu2022convnext',
    2022,
    'Liu, Zhuang and Mao, Hanzi and Wu, Chao-Yuan and Feichtenhofer, Christoph and Darrell, Trevor and Xie, Saining',
    'A ConvNet for the 2020s',
    'CVPR',
  ],
  [
    '2301.00808',
    'woo2023convnextv2',
    2023,
    'Woo, Sanghyun and others',
    'ConvNeXt V2: Co-designing and Scaling ConvNets with Masked Autoencoders',
    'CVPR',
  ],
  [
    '2010.11929',
    'dosovitskiy2021vit',
    2021,
    'Dosovitskiy, Alexey and others',
    'An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale',
    'ICLR',
  ],
  [
    '2012.12877',
    'touvron2021deit',
    2021,
    'Touvron, Hugo and Cord, Matthieu and Douze, Matthijs and Massa, Francisco and Sablayrolles, Alexandre and Jégou, Hervé',
    'Training Data-Efficient Image Transformers & Distillation through Attention',
    'ICML',
  ],
  [
    '2103.14030',
    'liu2021swin',
    2021,
    'Liu, Ze and others',
    'Swin Transformer: Hierarchical Vision Transformer using Shifted Windows',
    'ICCV',
  ],
  [
    '2105.01601',
    'tolstikhin2021mixer',
    2021,
    'Tolstikhin, Ilya and others',
    'MLP-Mixer: An all-MLP Architecture for Vision',
    'NeurIPS',
  ],
  [
    '1409.4842',
    'szegedy2015googlenet',
    2015,
    'Szegedy, Christian and others',
    'Going Deeper with Convolutions',
    'CVPR',
  ],
  [
    '1602.07360',
    'iandola2016squeezenet',
    2016,
    'Iandola, Forrest N. and Han, Song and Moskewicz, Matthew W. and Ashraf, Khalid and Dally, William J. and Keutzer, Kurt',
    'SqueezeNet: AlexNet-level Accuracy with 50x Fewer Parameters and <0.5MB Model Size',
  ],
  [
    '1404.5997',
    'krizhevsky2014weird',
    2014,
    'Krizhevsky, Alex',
    'One Weird Trick for Parallelizing Convolutional Neural Networks',
  ],
  [
    '1610.02915',
    'han2017pyramidnet',
    2017,
    'Han, Dongyoon and Kim, Jiwhan and Kim, Junmo',
    'Deep Pyramidal Residual Networks',
    'CVPR',
  ],
  [
    '1409.0575',
    'russakovsky2015imagenet',
    2015,
    'Russakovsky, Olga and others',
    'ImageNet Large Scale Visual Recognition Challenge',
    'IJCV',
  ],
  [
    '1708.07747',
    'xiao2017fashion',
    2017,
    'Xiao, Han and Rasul, Kashif and Vollgraf, Roland',
    'Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms',
  ],
];

const PAPERS: ReadonlyMap<string, Paper> = new Map<string, Paper>([
  ...ON_ARXIV.map(([id, key, year, authors, title, venue]): [string, Paper] => [
    arXiv(id),
    { key, year, authors, title, ...(venue !== undefined && { venue }) },
  ]),
  [
    'https://openaccess.thecvf.com/content_CVPR_2019/html/Wang_Deep_Global_Generalized_Gaussian_Networks_CVPR_2019_paper.html',
    {
      key: 'wang2019threeg',
      year: 2019,
      authors: 'Wang, Qilong and Li, Peihua and Hu, Qinghua and Zhu, Pengfei and Zuo, Wangmeng',
      title: 'Deep Global Generalized Gaussian Networks',
      venue: 'CVPR',
    },
  ],
  [
    'https://doi.org/10.1109/5.726791',
    {
      key: 'lecun1998gradient',
      year: 1998,
      authors: 'LeCun, Yann and Bottou, Léon and Bengio, Yoshua and Haffner, Patrick',
      title: 'Gradient-Based Learning Applied to Document Recognition',
      venue: 'Proceedings of the IEEE',
    },
  ],
  [
    'https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf',
    {
      key: 'krizhevsky2009cifar',
      year: 2009,
      authors: 'Krizhevsky, Alex',
      title: 'Learning Multiple Layers of Features from Tiny Images',
      venue: 'Technical report, University of Toronto',
    },
  ],
]);

/** BibTeX of a paper by its address; null for what is no paper that we know. */
export function bibtexOf(address: string): string | null {
  const paper = PAPERS.get(address);
  if (!paper) return null;
  return entry('article', paper.key, [
    ['author', paper.authors],
    ['title', `{${protect(paper.title)}}`],
    ['journal', paper.venue ?? `arXiv preprint arXiv:${address.slice(arXiv('').length)}`],
    ['year', String(paper.year)],
    ['url', address],
  ]);
}

/** BibTeX of something that has an address and no paper. @param key letters, digits and hyphens are kept of it */
export function bibtexOfPage(key: string, title: string, address: string): string {
  const plain = key.replace(/[^A-Za-z0-9-]/g, '').slice(0, 60) || 'source';
  return entry('misc', plain, [
    ['title', `{${protect(title)}}`],
    ['howpublished', `\\url{${address}}`],
  ]);
}

function entry(kind: string, key: string, fields: readonly (readonly [string, string])[]): string {
  return `@${kind}{${key},\n${fields.map(([name, value]) => `  ${name} = {${value}}`).join(',\n')}\n}`;
}

/** Characters that mean something to TeX. */
function protect(text: string): string {
  return text
    .replace(/[\\{}]/g, '')
    .replace(/[&%$#_]/g, String.raw`\$&`)
    .replaceAll('<', '$<$')
    .replaceAll('>', '$>$');
}
