import { everySecondSeed } from './seeds.js';

everySecondSeed(2);
