import { expect, type Locator, type Page } from '@playwright/test'

export type Slot = 'Breakfast' | 'Lunch' | 'Dinner' | 'Snacks'
export type Place = 'Today' | 'Add' | 'Goals' | 'Sync'

/** The app as a person meets it: by the names of what is on the screen. */
export class AppPage {
  readonly page: Page
  readonly ring: Locator
  readonly summary: Locator
  /** Where a food is looked for: a screen on phones, a panel beside the day on wide screens. */
  readonly add: Locator
  readonly search: Locator
  readonly sheet: Locator
  readonly notices: Locator
  readonly needsAttention: Locator

  constructor(page: Page) {
    this.page = page
    this.summary = page.getByRole('region', { name: 'Summary of the day' })
    this.ring = this.summary.getByRole('img')
    this.add = page.getByRole('region', { name: 'Add food', exact: true })
    this.search = this.add.getByRole('combobox', { name: 'Search foods' })
    this.sheet = page.getByRole('dialog')
    this.notices = page.getByRole('region', { name: 'Notifications' })
    this.needsAttention = page.getByRole('region', { name: 'Needs attention' })
  }

  /** The day is on the screen, with its numbers. */
  async isOpen(): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible()
    await expect(this.ring).toBeVisible()
  }

  /** A tab behind another one draws once a second: it shows what comes, and is slow to click in. */
  async comeToFront(): Promise<void> {
    await this.page.bringToFront()
  }

  async goTo(place: Place): Promise<void> {
    await this.comeToFront()
    const link = this.page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: new RegExp(`^${place}`) })
    await link.click()
    await expect(link).toHaveAttribute('aria-current', 'page')
  }

  async goToAdd(slot: Slot): Promise<void> {
    await this.goTo('Add')
    await this.add.getByRole('radio', { name: slot }).check({ force: true })
    await expect(this.add.getByRole('heading', { name: `Add to ${slot}` })).toBeVisible()
  }

  /** Logs a meal by its calories alone. */
  async logCalories(slot: Slot, name: string, calories: number): Promise<void> {
    await this.goToAdd(slot)
    await this.add.getByRole('button', { name: /^Quick calories/ }).click()
    await this.sheet.getByRole('textbox', { name: 'Calories' }).fill(String(calories))
    await this.sheet.getByRole('textbox', { name: 'Name' }).fill(name)
    await this.sheet.getByRole('button', { name: 'Log', exact: true }).click()
    await expect(this.sheet).toHaveCount(0)
    await this.goTo('Today')
  }

  /** The row of a meal, by the beginning of its name. */
  meal(name: string): Locator {
    return this.page
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('button', { name: new RegExp(`^Edit ${literally(name)}`) }) })
  }

  meals(slot: Slot): Locator {
    return this.page.getByRole('list', { name: new RegExp(`^${slot},`) }).getByRole('listitem')
  }

  /** The row of a meal that the server refused. */
  refused(name: string): Locator {
    return this.page
      .getByRole('listitem')
      .filter({ has: this.page.getByRole('button', { name: new RegExp(`^Fix: ${literally(name)}`) }) })
  }

  async isPending(name: string): Promise<void> {
    await expect(this.meal(name)).toContainText('Saved on this device')
  }

  /** It is there, and the server has it: a confirmed meal carries no mark. Takes as long as the app waits between tries. */
  async isConfirmed(name: string): Promise<void> {
    await expect(this.meal(name)).toBeVisible()
    await expect(this.meal(name)).not.toContainText('Saved on this device', { timeout: 60_000 })
  }

  async remove(name: string): Promise<void> {
    await this.comeToFront()
    await this.meal(name)
      .getByRole('button', { name: new RegExp(`^Remove ${literally(name)}`) })
      .click()
    await expect(this.meal(name)).toHaveCount(0)
  }

  /** The card of something that the server refused. */
  letter(name: string): Locator {
    return this.needsAttention.getByRole('article', { name: new RegExp(`^${literally(name)}`) })
  }

  /** The service worker holds all that the app needs to start without a network. */
  async canStartOffline(): Promise<void> {
    await expect(this.notices).toContainText('Ready to work offline', { timeout: 30_000 })
    await this.notices.getByRole('button', { name: 'Dismiss' }).click()
  }

  /** Asks for an exchange now, where waiting for the next try by itself is not what a test is about. */
  async syncNow(): Promise<void> {
    await this.goTo('Sync')
    await this.page.getByRole('button', { name: 'Sync now' }).click()
  }

  async allSynced(): Promise<void> {
    await expect(this.page.getByRole('link', { name: /^Synced$/ })).toBeVisible({ timeout: 60_000 })
  }
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
