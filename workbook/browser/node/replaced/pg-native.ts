/** pg asks for it lazily and does without. */
throw Object.assign(new Error("Cannot find module 'pg-native'"), { code: 'MODULE_NOT_FOUND' })

export {}
