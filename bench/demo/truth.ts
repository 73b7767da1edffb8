/**
 * Who stands where in the six photographs: facts, marked by hand on a grid, a few pixels exact. Nobody's name is known or
 * needed; a person is a number. Person 2 appears in two photographs (compared by eye and by an independent network,
 * cosine 0.71). Two more pairs might be one person each (0.40 and 0.38): both of either stay un-enrolled, so that
 * no figure hangs on the doubt.
 */
export type Point = readonly [x: number, y: number];

/** Left eye, right eye, tip of the nose, left and right corner of the mouth, as seen in the picture; pixels. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

export interface TrueFace {
  readonly photograph: 1 | 2 | 3 | 4 | 5 | 6;
  /** Unset: a stranger, who is never enrolled. */
  readonly person?: number;
  readonly points: FivePoints;
}

export const FACES: readonly TrueFace[] = [
  { photograph: 1, person: 1, points: [[440, 455], [516, 457], [455, 511], [443, 539], [522, 542]] },
  { photograph: 1, points: [[868, 558], [950, 522], [900, 577], [913, 615], [984, 584]] },
  { photograph: 1, person: 2, points: [[1556, 277], [1621, 338], [1550, 349], [1502, 345], [1555, 395]] },
  { photograph: 2, points: [[392, 245], [411, 246], [369, 310], [405, 352], [425, 348]] },
  { photograph: 2, points: [[945, 343], [1016, 350], [972, 389], [957, 415], [1012, 422]] },
  { photograph: 2, points: [[1482, 283], [1575, 256], [1546, 320], [1529, 360], [1584, 342]] },
  { photograph: 3, person: 3, points: [[633, 431], [726, 431], [676, 489], [645, 538], [713, 533]] },
  { photograph: 3, person: 2, points: [[1118, 318], [1219, 339], [1148, 396], [1103, 424], [1194, 450]] },
  { photograph: 3, person: 4, points: [[1551, 410], [1656, 402], [1603, 467], [1548, 503], [1649, 496]] },
  { photograph: 4, points: [[316, 321], [391, 275], [374, 366], [355, 401], [407, 382]] },
  { photograph: 4, points: [[704, 148], [780, 187], [705, 206], [680, 230], [737, 255]] },
  { photograph: 4, person: 5, points: [[1011, 281], [1080, 288], [1025, 329], [1020, 359], [1075, 372]] },
  { photograph: 4, person: 6, points: [[1307, 227], [1364, 266], [1309, 279], [1292, 304], [1339, 325]] },
  { photograph: 5, person: 7, points: [[423, 992], [520, 977], [478, 1052], [437, 1098], [525, 1088]] },
  { photograph: 5, person: 8, points: [[682, 513], [751, 517], [720, 569], [691, 604], [746, 600]] },
  { photograph: 5, points: [[841, 191], [921, 204], [878, 240], [846, 283], [904, 287]] },
  { photograph: 5, person: 9, points: [[1153, 295], [1227, 294], [1179, 340], [1151, 376], [1218, 374]] },
  { photograph: 5, points: [[1438, 510], [1524, 490], [1472, 572], [1467, 619], [1527, 608]] },
  { photograph: 6, person: 10, points: [[324, 611], [427, 595], [387, 665], [354, 703], [427, 703]] },
  { photograph: 6, person: 11, points: [[710, 453], [806, 448], [747, 521], [729, 557], [810, 547]] },
  { photograph: 6, points: [[1227, 429], [1329, 429], [1275, 507], [1235, 544], [1310, 538]] },
  { photograph: 6, person: 12, points: [[1544, 373], [1629, 393], [1556, 446], [1519, 481], [1594, 501]] },
];

/** Whom the demo enrols, each from one photograph: who appears in several is enrolled from the last. */
export function enrolments(): Map<number, TrueFace> {
  return new Map(FACES.flatMap((face) => (face.person === undefined ? [] : [[face.person, face] as const])));
}
