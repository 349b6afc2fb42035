/** The clinic's files, calendar and pharmacy, in memory. A real one would ask its own systems here. */
interface Visit {
  id: string;
  at: string;
  doctor: string;
}

interface Medicine {
  id: string;
  name: string;
  also: string[];
}

const files = [
  { file: 'F2041', patient: 'murphy', birthDate: '1980-05-04', medicines: ['metformin', 'inhaler'] },
  { file: 'F2077', patient: 'walsh', birthDate: '1952-11-30', medicines: [] },
];

const medicines: Medicine[] = [
  { id: 'metformin', name: 'metformin', also: ['diabetes tablets'] },
  { id: 'inhaler', name: 'blue inhaler', also: ['inhaler', 'puffer'] },
];

const taken = new Set<string>();

/** By last name and date of birth; there is no file for anybody else. */
export function findFile(input: { patient: string; birth_date: string }): { file: string | null } {
  const name = input.patient.toLowerCase();
  const found = files.find((one) => name.endsWith(one.patient) && one.birthDate === input.birth_date);
  return { file: found?.file ?? null };
}

/** The next free visits: today for who is in pain, else from tomorrow. */
export function freeTimes(input: { urgent: boolean }): { visits: Visit[] } {
  const first = input.urgent ? 0 : 1;
  const visits = [
    { days: first, time: '11:15', doctor: 'Doctor Keane' },
    { days: first + 1, time: '09:30', doctor: 'Doctor Nolan' },
    { days: first + 2, time: '16:00', doctor: 'Doctor Keane' },
  ].map(({ days, time, doctor }) => {
    const day = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    return { id: `${day}T${time}`, at: `${day}T${time}`, doctor };
  });
  return { visits: visits.filter((visit) => !taken.has(visit.id)) };
}

export function bookVisit(input: { visit: string }): { reference: string | null } {
  if (taken.has(input.visit)) return { reference: null };
  taken.add(input.visit);
  return { reference: `H${300 + taken.size}` };
}

export function myMedicines(input: { patient: string }): { medicines: Medicine[] } {
  const name = input.patient.toLowerCase();
  const file = files.find((one) => name.endsWith(one.patient));
  return { medicines: medicines.filter((one) => file?.medicines.includes(one.id)) };
}

/** Ready in two days. */
export function orderMedicine(): { ready: string } {
  return { ready: new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10) };
}
