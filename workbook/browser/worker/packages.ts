/** Packages that a program in the page can import: the real ones, of the course's own versions, and argon2id as WebAssembly. */
import bcryptjs from 'bcryptjs'
import express from 'express'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import pg from 'pg'
import * as redis from 'redis'
import * as argon2 from './argon2.ts'

export const packages: Readonly<Record<string, () => unknown>> = {
  '@node-rs/argon2': () => argon2,
  bcryptjs: () => bcryptjs,
  express: () => express,
  jose: () => jose,
  jsonwebtoken: () => jsonwebtoken,
  pg: () => pg,
  redis: () => redis,
}
