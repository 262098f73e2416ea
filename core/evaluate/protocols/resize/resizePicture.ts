/** Resizing by the name that a protocol gives. */
import type { ResizeMethod } from '../../../../contract/protocol.ts';
import type { Picture } from '../picture.ts';
import { resizeNearest } from './nearest.ts';
import { resizeOpencvLinear } from './opencvLinear.ts';
import { resizePillow } from './pillow.ts';

export function resizePicture(picture: Picture, width: number, height: number, method: ResizeMethod): Picture {
  switch (method) {
    case 'opencv-linear':
      return resizeOpencvLinear(picture, width, height);
    case 'pillow-bilinear':
      return resizePillow(picture, width, height, 'bilinear');
    case 'pillow-bicubic':
      return resizePillow(picture, width, height, 'bicubic');
    case 'pillow-lanczos':
      return resizePillow(picture, width, height, 'lanczos');
    case 'nearest':
      return resizeNearest(picture, width, height);
  }
}
