import type { DataSource } from 'typeorm';
import { Plan } from './plan.entity.js';

/** Something to try the service with: one of each sort. Kept out of any database that has a plan already. */
export async function sellSamplePlans(database: DataSource): Promise<void> {
  if (await database.getRepository(Plan).count()) return;
  const samples = SAMPLES.map((sample) => ({
    version: 1,
    priceCurrency: 'USD',
    family: null,
    capacity: null,
    trialDays: 0,
    onSale: true,
    ...sample,
  }));
  for (const sample of samples) await database.createQueryBuilder().insert().into(Plan).values(sample).orIgnore().execute();
}

const SAMPLES = [
  { id: 'free', name: 'Free', priceAmount: 0, interval: 'month', features: ['1 project'] },
  { id: 'basic', name: 'Basic', priceAmount: 900, interval: 'month', features: ['5 projects'] },
  { id: 'pro', name: 'Pro', priceAmount: 1_900, interval: 'month', features: ['50 projects', 'priority support'] },
  { id: 'pro-yearly', name: 'Pro, by the year', priceAmount: 19_000, interval: 'year', features: ['50 projects', 'priority support'] },
  { id: 'team', name: 'Team, 14 days on trial', priceAmount: 4_900, interval: 'month', trialDays: 14, features: ['unlimited projects'] },
  {
    id: 'studio-a',
    name: 'Studio A',
    priceAmount: 2_500,
    interval: 'month',
    family: 'studio',
    capacity: 4,
    features: ['a seat in the room'],
  },
  {
    id: 'studio-b',
    name: 'Studio B',
    priceAmount: 2_900,
    interval: 'month',
    family: 'studio',
    capacity: 4,
    features: ['a seat in the room'],
  },
] satisfies Partial<Plan>[];
