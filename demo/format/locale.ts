const { locale: ofTheMachine } = new Intl.DateTimeFormat().resolvedOptions()

/** The texts are English, so numbers and dates are too; which English is the person's choice. */
export const locale = /^en\b/i.test(ofTheMachine) ? ofTheMachine : 'en'
