// How far apart colours are, for people who see all colours and for those who do not.

const times = (matrix, vector) =>
  matrix.map((row) => row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]);

// Björn Ottosson, "A perceptual color space for image processing".
const toCones = [[0.4122214708, 0.5363325363, 0.0514459929],
                 [0.2119034982, 0.6806995451, 0.1073969566],
                 [0.0883024619, 0.2817188376, 0.6299787005]];
const toLab = [[0.2104542553, 0.793617785, -0.0040720468],
               [1.9779984951, -2.428592205, 0.4505937099],
               [0.0259040371, 0.7827717662, -0.808675766]];

// Machado, Oliveira, Fernandes 2009, severity 1: nobody, protanopia, deuteranopia, tritanopia.
const sights = [
  [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
   [-0.003882, -0.048116, 1.051998]],
  [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
];

const linear = (hex) => [1, 3, 5].map((at) => {
  const part = parseInt(hex.slice(at, at + 2), 16) / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
});

const clamp = (part) => Math.min(1, Math.max(0, part));
const seen = (hex, sight) =>
  times(toLab, times(toCones, times(sight, linear(hex)).map(clamp)).map(Math.cbrt));

// Between any two of them, whoever looks, in OKLab: black and white are 1 apart, and 0.02 is just
// noticeable.
export function leastDistance(hexes) {
  let least = 1;
  for (const sight of sights) {
    const points = hexes.map((hex) => seen(hex, sight));
    points.forEach((a, i) => points.slice(0, i).forEach((b) => {
      least = Math.min(least, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
    }));
  }
  return least;
}
